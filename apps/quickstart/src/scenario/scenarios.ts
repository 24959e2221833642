import type { PhoneName, RigOptions, ScenarioRig } from './scenario-rig';

/** One of the call flows of the original's book. */
export interface Scenario {
  readonly name: string;
  /** Its title there. */
  readonly title: string;
  readonly rig?: RigOptions;
  /** Acts it out. */
  run(rig: ScenarioRig): Promise<void>;
  /** Events there have to be, in this order: `EventHeld UA1`. */
  readonly events: readonly string[];
  /** Messages there have to be, in this order; others may stand between them. */
  readonly messages: readonly string[];
}

const BOTH = { UA1: ['UA2'], UA2: ['UA1'] };
const TALK = ['EventDialing UA1', 'EventRinging UA2', 'EventEstablished UA1', 'EventEstablished UA2'];
const CONSULT = [
  'EventHeld UA2',
  'EventDialing UA2',
  'EventRinging UA3',
  'EventEstablished UA2',
  'EventEstablished UA3',
];

/** UA1 calls UA2, who answers by TAnswerCall. @returns the ConnID */
async function talk(rig: ScenarioRig): Promise<string> {
  const { connID } = await rig.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
  await answer(rig, 'UA2', connID!);
  await rig.phase('UA1 and UA2 talk', BOTH);
  return connID!;
}

async function answer(rig: ScenarioRig, thisDN: PhoneName, connID: string): Promise<void> {
  await rig.ringing(thisDN);
  await rig.request({ request: 'TAnswerCall', thisDN, connID });
}

/** UA2 holds UA1 and talks to UA3. */
async function consult(
  rig: ScenarioRig,
  held: readonly string[] = [],
): Promise<{ heldConnID: string; connID: string }> {
  const heldConnID = await talk(rig);
  const { connID } = await rig.request({
    request: 'TInitiateTransfer',
    thisDN: 'UA2',
    connID: heldConnID,
    otherDN: 'UA3',
  });
  await answer(rig, 'UA3', connID!);
  await rig.phase('UA2 talks to UA3, UA1 is held', { UA1: held, UA2: ['UA3'], UA3: ['UA2'] });
  return { heldConnID, connID: connID! };
}

async function release(rig: ScenarioRig, thisDN: PhoneName, connID: string): Promise<void> {
  await rig.request({ request: 'TReleaseCall', thisDN, connID });
  await rig.phase('nobody hears anybody', {});
}

/** The twelve scenarios. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'makecall-reinvite',
    title: 'T-Lib-Initiated MakeCall re-INVITE',
    run: async (rig) => {
      const connID = await talk(rig);
      await release(rig, 'UA1', connID);
    },
    events: TALK,
    messages: [
      'SS->UA1 INVITE (hold)',
      'SS->UA1 ACK (-)',
      'SS->UA2 INVITE (-)',
      'UA2->SS 180 (INVITE)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA1 INVITE (sdp UA2)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA2 ACK (sdp UA1)',
    ],
  },
  {
    name: 'makecall-invite',
    title: 'T-Lib-Initiated MakeCall INVITE',
    rig: { options: { rfc3725: 1 } },
    run: async (rig) => {
      const connID = await talk(rig);
      await release(rig, 'UA1', connID);
    },
    events: TALK,
    messages: [
      'SS->UA1 INVITE (-)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA2 INVITE (sdp UA1)',
      'UA2->SS 180 (INVITE)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->UA1 ACK (sdp UA2)',
    ],
  },
  {
    name: 'release',
    title: 'T-Lib Termination TReleaseCall',
    run: async (rig) => {
      const connID = await talk(rig);
      await release(rig, 'UA2', connID);
    },
    events: [...TALK, 'EventReleased UA2', 'EventReleased UA1'],
    messages: ['SS->UA2 BYE', 'SS->UA1 BYE'],
  },
  {
    name: 'hold-retrieve',
    title: 'T-Lib-Initiated Hold-Retrieve',
    run: async (rig) => {
      const connID = await talk(rig);
      await rig.request({ request: 'THoldCall', thisDN: 'UA1', connID });
      await rig.phase('both hear silence', {});
      await rig.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
      await rig.phase('UA1 and UA2 talk again', BOTH);
      await release(rig, 'UA1', connID);
    },
    events: [...TALK, 'EventHeld UA1', 'EventRetrieved UA1'],
    messages: [
      'SS->UA1 INVITE (hold)',
      'SS->UA2 INVITE (hold)',
      'SS->UA1 INVITE (-)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA2 INVITE (sdp UA1)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->UA1 ACK (sdp UA2)',
    ],
  },
  {
    name: 'hold-retrieve-moh',
    title: 'T-Lib-Initiated Hold-Retrieve Music on Hold',
    rig: { options: { 'sip-enable-moh': true } },
    run: async (rig) => {
      const connID = await talk(rig);
      await rig.request({ request: 'THoldCall', thisDN: 'UA1', connID });
      await rig.phase('UA2 hears music, UA1 silence', { UA2: ['music'] });
      await rig.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
      await rig.phase('UA1 and UA2 talk again', BOTH);
      await release(rig, 'UA1', connID);
    },
    events: [...TALK, 'EventHeld UA1', 'EventRetrieved UA1'],
    messages: [
      'SS->UA1 INVITE (hold)',
      'SS->MOH INVITE (-)',
      'MOH->SS 200 (INVITE) (sdp MOH)',
      'SS->UA2 INVITE (sdp MOH)',
      'SS->MOH ACK (sdp UA2)',
      'SS->MOH BYE',
      'SS->UA1 INVITE (-)',
      'SS->UA2 INVITE (sdp UA1)',
    ],
  },
  {
    name: 'single-step-transfer-reinvite',
    title: 'T-Lib-Initiated SingleStepTransfer re-INVITE',
    run: async (rig) => {
      const connID = await talk(rig);
      await rig.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
      await answer(rig, 'UA3', connID);
      await rig.phase('UA1 and UA3 talk, UA2 is gone', { UA1: ['UA3'], UA3: ['UA1'] });
      await release(rig, 'UA3', connID);
    },
    events: [...TALK, 'EventReleased UA2', 'EventRinging UA3', 'EventPartyChanged UA1', 'EventEstablished UA3'],
    messages: [
      'SS->UA2 BYE',
      'SS->UA3 INVITE (-)',
      'UA3->SS 180 (INVITE)',
      'UA3->SS 200 (INVITE) (sdp UA3)',
      'SS->UA1 INVITE (sdp UA3)',
      'SS->UA3 ACK (sdp UA1)',
    ],
  },
  {
    name: 'single-step-transfer-refer',
    title: 'T-Lib-Initiated SingleStepTransfer REFER',
    rig: { options: { 'refer-enabled': true } },
    run: async (rig) => {
      const connID = await talk(rig);
      const done = rig.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
      // Whether it fails is told once it is waited for.
      done.catch(() => {});
      await answer(rig, 'UA3', connID);
      await done;
      await rig.phase('UA1 and UA3 talk, UA2 is gone', { UA1: ['UA3'], UA3: ['UA1'] });
      await release(rig, 'UA3', connID);
    },
    events: [...TALK, 'EventRinging UA3', 'EventReleased UA2', 'EventPartyChanged UA1', 'EventEstablished UA3'],
    messages: [
      'SS->UA1 REFER',
      'UA1->SS 202 (REFER)',
      'UA1->SS NOTIFY refer',
      'SS->UA3 INVITE (sdp UA1)',
      'SS->UA1 200 (INVITE) (sdp UA3)',
      'SS->UA1 BYE',
      'SS->UA2 BYE',
    ],
  },
  {
    name: 'single-step-transfer-busy',
    title: 'T-Lib-Initiated SingleStepTransfer User Busy',
    rig: { refusing: { UA3: 486 } },
    run: async (rig) => {
      const connID = await talk(rig);
      await rig.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
      await rig.told('EventReleased', 'UA1');
      await rig.phase('the call is dropped', {});
    },
    events: [...TALK, 'EventReleased UA2', 'EventDestinationBusy UA1', 'EventReleased UA1'],
    messages: ['SS->UA2 BYE', 'SS->UA3 INVITE (-)', 'UA3->SS 486 (INVITE)', 'SS->UA1 BYE'],
  },
  {
    name: 'consult-single-endpoint',
    title: 'T-Lib-Initiated Consult Call Single EndPoint',
    rig: { dns: { UA2: { options: { 'dual-dialog-enabled': false } } } },
    run: async (rig) => {
      const heldConnID = await talk(rig);
      const { connID } = await rig.request({
        request: 'TInitiateTransfer',
        thisDN: 'UA2',
        connID: heldConnID,
        otherDN: 'UA3',
      });
      await rig.ringing('UA3');
      await rig.phase('UA2 hears ringback, UA1 silence', { UA2: ['music'] });
      await answer(rig, 'UA3', connID!);
      await rig.phase('UA2 talks to UA3, UA1 is held', { UA2: ['UA3'], UA3: ['UA2'] });
      await rig.request({ request: 'TReconnectCall', thisDN: 'UA2', connID: connID!, heldConnID });
      await rig.phase('UA1 and UA2 talk again, UA3 is gone', BOTH);
      await release(rig, 'UA2', heldConnID);
    },
    events: [
      ...TALK,
      'EventHeld UA2',
      'EventDialing UA2',
      'EventRinging UA3',
      'EventEstablished UA2',
      'EventEstablished UA3',
      'EventReleased UA2',
      'EventReleased UA3',
      'EventRetrieved UA2',
    ],
    messages: [
      'SS->UA1 INVITE (hold)',
      'SS->SM INVITE (-)',
      'SS->UA2 INVITE (sdp SM)',
      'SS->SM ACK (sdp UA2)',
      'SS->UA3 INVITE (-)',
      'SS->UA2 INVITE (sdp UA3)',
      'SS->UA3 BYE',
      'SS->UA1 INVITE (sdp UA2)',
    ],
  },
  {
    name: 'consult-transfer-reinvite',
    title: 'T-Lib-Initiated Consult Transfer re-INVITE',
    run: async (rig) => {
      const { heldConnID, connID } = await consult(rig);
      await rig.request({ request: 'TCompleteTransfer', thisDN: 'UA2', connID, heldConnID });
      await rig.phase('UA1 and UA3 talk, UA2 is gone', { UA1: ['UA3'], UA3: ['UA1'] });
      await release(rig, 'UA3', heldConnID);
    },
    events: [
      ...TALK,
      ...CONSULT,
      'EventReleased UA2',
      'EventReleased UA2',
      'EventPartyChanged UA1',
      'EventPartyChanged UA3',
    ],
    messages: [
      'SS->UA1 INVITE (-)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA3 INVITE (sdp UA1)',
      'UA3->SS 200 (INVITE) (sdp UA3)',
      'SS->UA1 ACK (sdp UA3)',
      'SS->UA2 BYE',
      'SS->UA2 BYE',
    ],
  },
  {
    name: 'conference-central-mixing',
    title: 'T-Lib-Initiated 3-Way Conf Central Mixing',
    run: async (rig) => {
      const { heldConnID, connID } = await consult(rig);
      await rig.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
      await rig.phase('all three hear the others', { UA1: ['UA2', 'UA3'], UA2: ['UA1', 'UA3'], UA3: ['UA1', 'UA2'] });
      await rig.request({ request: 'TReleaseCall', thisDN: 'UA1', connID: heldConnID });
      await rig.phase('UA2 and UA3 go on', { UA2: ['UA3'], UA3: ['UA2'] });
      await release(rig, 'UA3', heldConnID);
    },
    events: [
      ...TALK,
      ...CONSULT,
      'EventReleased UA2',
      'EventRetrieved UA2',
      'EventPartyAdded UA1',
      'EventPartyAdded UA2',
      'EventPartyChanged UA3',
    ],
    messages: [
      'SS->MCU INVITE (-)',
      'SS->MCU INVITE (-)',
      'SS->MCU INVITE (-)',
      'SS->UA1 INVITE (sdp MCU)',
      'SS->MCU ACK (sdp UA1)',
      'SS->UA2 INVITE (sdp MCU)',
      'SS->MCU ACK (sdp UA2)',
      'SS->UA3 INVITE (sdp MCU)',
      'SS->MCU ACK (sdp UA3)',
      'SS->UA2 BYE',
    ],
  },
  {
    name: 'answer-notify-talk',
    title: 'Answer Call Functionality',
    run: async (rig) => {
      const connID = await talk(rig);
      await release(rig, 'UA2', connID);
    },
    events: TALK,
    messages: ['UA2->SS 180 (INVITE)', 'SS->UA2 NOTIFY talk', 'UA2->SS 200 (NOTIFY)', 'UA2->SS 200 (INVITE) (sdp UA2)'],
  },
];

/** What of these is missing, in this order. */
export function missing(wanted: readonly string[], found: readonly string[]): string[] {
  let at = 0;
  const lacking: string[] = [];
  for (const each of wanted) {
    const index = found.indexOf(each, at);
    if (index < 0) lacking.push(each);
    else at = index + 1;
  }
  return lacking;
}
