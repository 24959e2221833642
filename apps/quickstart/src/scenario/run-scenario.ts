import { type Phase, ScenarioRig } from './scenario-rig';
import { missing, type Scenario } from './scenarios';

/** How a scenario went. */
export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly ok: boolean;
  readonly messages: readonly string[];
  /** Each with its DN, ConnID and state. */
  readonly events: readonly string[];
  readonly phases: readonly Phase[];
  /** Messages and events that had to be and were not. */
  readonly missing: readonly string[];
  /** What it failed with, when it could not be acted out. */
  readonly error?: string;
}

/** Acts a scenario out on this machine, and judges messages, events and audio. */
export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const rig = await ScenarioRig.open(scenario.rig);
  let error: string | undefined;
  let messages: string[] = [];
  try {
    rig.ladder.clear();
    await scenario.run(rig);
  } catch (cause) {
    error = (cause as Error).message;
  } finally {
    // What the phones say when they are closed is no part of it.
    messages = rig.ladder.lines();
    await rig[Symbol.asyncDispose]();
  }
  const told = rig.events.map(({ event, thisDN }) => `${event} ${thisDN}`);
  const lacking = [...missing(scenario.messages, messages), ...missing(scenario.events, told)];
  const ok = error === undefined && lacking.length === 0 && rig.phases.every(({ afterMs }) => afterMs !== undefined);
  return {
    name: scenario.name,
    title: scenario.title,
    ok,
    messages,
    events: rig.events.map(({ event, thisDN, otherDN, connID, callState }) =>
      [
        event,
        thisDN,
        ...(otherDN ? [`with ${otherDN}`] : []),
        connID,
        ...(callState ? [`state ${callState}`] : []),
      ].join(' '),
    ),
    phases: rig.phases,
    missing: lacking,
    ...(error !== undefined && { error }),
  };
}
