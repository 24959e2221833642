/** Kind of a call, as T-Lib numbers it. */
export const CallType = { Unknown: 0, Internal: 1, Inbound: 2, Outbound: 3, Consult: 4 } as const;
/** One of the numbers of kinds of calls. */
export type CallType = (typeof CallType)[keyof typeof CallType];

/** What became of a party's part in a call, as T-Lib numbers it. */
export const CallState = {
  Ok: 0,
  Transferred: 1,
  Conferenced: 2,
  GeneralError: 3,
  SystemError: 4,
  RemoteRelease: 5,
  Busy: 6,
  NoAnswer: 7,
  Cleared: 19,
  Abandoned: 21,
  Redirected: 22,
  Forwarded: 23,
  Consult: 24,
  Dropped: 26,
  Deafened: 49,
  Held: 50,
} as const;
/** One of the numbers of what became of a part in a call. */
export type CallState = (typeof CallState)[keyof typeof CallState];

/** What a DN is in a call, as T-Lib numbers it. */
export const DnRole = {
  Unknown: 0,
  Origination: 1,
  Destination: 2,
  ConferenceMember: 3,
  NewParty: 4,
  AddedBy: 5,
  DeletedBy: 6,
  TransferredBy: 7,
  DeletedParty: 8,
  ConferencedBy: 9,
  Observer: 10,
} as const;
/** One of the numbers of roles. */
export type DnRole = (typeof DnRole)[keyof typeof DnRole];

/** How an agent stands to work. */
export type AgentState = 'LoggedOut' | 'NotReady' | 'Ready' | 'AfterCallWork';

/** How a party stands in a call. */
export type PartyState = 'Initiated' | 'Dialing' | 'Queued' | 'Alerting' | 'Connected' | 'Held' | 'Null';
