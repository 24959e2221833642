import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError, usageError } from '../command-error';
import { exitCodes } from '../exit-codes';
import { addExamples, addJsonOption } from '../options/common';
import { runCommand } from '../run-command';
import { runScenario, type ScenarioResult } from '../scenario/run-scenario';
import { scenarios } from '../scenario/scenarios';

/** `offhook scenario list | run NAME`: acts out the call flows of third-party call control. */
export function scenarioCommand(context: CommandContext): Command {
  const command = new Command('scenario')
    .summary('act out call flows of third-party call control')
    .description(
      'A SIP Server, its media servers and three phones on this machine act out a call flow, with real audio.',
    );
  command.addCommand(listCommand(context));
  command.addCommand(runningCommand(context));
  return command;
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list').description('list the call flows there are');
  addJsonOption(command);
  return command.action(() =>
    runCommand(context, 'scenario', async (facts) => {
      facts.scenarios = scenarios.map(({ name }) => name);
      for (const { name, title } of scenarios) {
        context.output.event({ type: 'scenario', name, title }, `${name.padEnd(32)}${title}`);
      }
      return `${scenarios.length} scenarios`;
    }),
  );
}

function runningCommand(context: CommandContext): Command {
  const command = new Command('run')
    .description('act one out, and judge its messages, its T-Lib events and who hears whom')
    .argument('[name]', 'which; see list')
    .option('--all', 'all of them');
  addJsonOption(command);
  addExamples(command, ['scenario run hold-retrieve', 'scenario run --all --json']);
  return command.action((name: string | undefined, { all }: { all?: boolean }) =>
    runCommand(context, 'scenario', async (facts) => {
      const wanted = scenarios.filter((each) => all || each.name === name);
      if (wanted.length === 0) {
        throw usageError(
          name === undefined
            ? 'Name a scenario, or say --all.'
            : `There is no scenario ${name}; see offhook scenario list.`,
        );
      }
      const failed: string[] = [];
      for (const scenario of wanted) {
        const result = await runScenario(scenario);
        show(context, result);
        if (!result.ok) failed.push(scenario.name);
      }
      Object.assign(facts, { ran: wanted.length, failed });
      if (failed.length > 0)
        throw new CommandError('ERR_SCENARIO', `Not as it has to be: ${failed.join(', ')}.`, exitCodes.failed);
      return `${wanted.length} as they have to be`;
    }),
  );
}

function show({ output }: CommandContext, result: ScenarioResult): void {
  const { name, title, ok, messages, events, phases, missing, error } = result;
  const heard = phases.map(({ what, afterMs, hearing, found }) => {
    const who = Object.entries(found ?? hearing)
      .map(([phone, names]) => `${phone} hears ${names.length > 0 ? names.join(' and ') : 'nobody'}`)
      .join(', ');
    return `  ${afterMs === undefined ? 'WRONG' : `${Math.round(afterMs)} ms`.padStart(7)}  ${what}: ${who}`;
  });
  const lines = [
    `${name}: ${title}`,
    ...messages.map((line) => `  ${line}`),
    'Events',
    ...events.map((line) => `  ${line}`),
    'Audio',
    ...heard,
    ...missing.map((line) => `Missing: ${line}`),
    ...(error === undefined ? [] : [`Failed: ${error}`]),
    ok ? 'As it has to be.' : 'NOT as it has to be.',
    '',
  ];
  output.event(
    { type: 'scenario', name, ok, messages, events, phases, missing, ...(error !== undefined && { error }) },
    lines.join('\n'),
  );
}
