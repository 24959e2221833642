import type { Call, Referral } from '@offhook/endpoint';
import type { Rig } from './rig';

/** Events that tell of the phone and its calls, for {@link Rig.report}. */
export function reportAll(rig: Rig): void {
  const { phone } = rig;
  phone.on('call', (call) => {
    rig.know(call);
    rig.report({ type: 'incoming', ...identity(call), headers: headersOf(call), facts: factsOf(call) });
    follow(rig, call);
  });
  phone.on('callRecord', (record) => rig.report({ type: 'record', record }));
  phone.on('message', ({ from, text, contentType }) => rig.report({ type: 'message', from, text, contentType }));
  phone.on('referral', (referral) => reportReferral(rig, referral));
}

/** Events of one call. */
export function follow(rig: Rig, call: Call): void {
  const { id } = call;
  const tell = (type: string, fields: object = {}): void => rig.report({ type, call: id, ...fields });
  call.on('state', (state, previous) =>
    tell('state', { state, previous, ...(call.heldBy && { heldBy: call.heldBy }) }),
  );
  call.on('progress', ({ status, reason }) => tell('progress', { status, reason }));
  call.on('media', (agreed) =>
    tell('media', agreed ? { codec: agreed.codec.name, direction: agreed.direction } : { codec: null }),
  );
  call.on('held', ({ by }) => tell('held', { by }));
  call.on('retrieved', ({ by }) => tell('retrieved', { by }));
  call.on('remoteControl', (event) => tell('remote-control', { event }));
  call.on('dtmf', ({ digit, method }) => tell('dtmf', { digit, method }));
  call.on('inactive', (ms) => tell('inactive', { ms }));
  call.on('active', () => tell('active'));
  call.on('qualityAlarm', (alarm) => tell('quality-alarm', { ...alarm }));
  call.on('qualityCleared', (alarm) => tell('quality-cleared', { ...alarm }));
  call.on('transferProgress', (status, reason) => tell('transfer-progress', { status, reason }));
  call.on('referral', (referral) => reportReferral(rig, referral, id));
  call.on('transferred', (to) => {
    rig.know(to);
    tell('transferred', { to: to.id });
    follow(rig, to);
  });
  call.on('error', ({ message }) => tell('call-error', { message }));
  call.on('ended', ({ by, status, reason, error, durationMs }) =>
    tell('ended', {
      by,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(error && { code: error.code }),
      durationMs: Math.round(durationMs),
    }),
  );
}

function reportReferral(rig: Rig, referral: Referral, call?: string): void {
  const id = rig.name();
  rig.referrals.set(id, referral);
  const { target, referredBy, replaces } = referral;
  rig.report({ type: 'referral', referral: id, ...(call !== undefined && { call }), target, referredBy, replaces });
}

function identity(call: Call) {
  const { id, callId, remote, uuid } = call;
  return { call: id, callId, remote, ...(uuid !== undefined && { uuid }) };
}

function factsOf({ facts }: Call) {
  const { userToUser, ...others } = facts;
  return { ...others, userToUser: userToUser.map(({ text, purpose }) => ({ text, ...(purpose && { purpose }) })) };
}

/** Header fields that programs look at; the whole message is in `--trace`. */
function headersOf({ headers }: Call): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const name of ['Subject', 'Alert-Info', 'Call-Info', 'X-Genesys-CallUUID']) {
    const value = headers.get(name);
    if (value !== undefined) chosen[name] = value;
  }
  return chosen;
}
