// Messages a second that one core writes, beside npm `sip` and beside our own parser. Build first, then:
//
//   node packages/sip-core/bench/sip-serialize.mjs [--json] [--seconds N]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { rates, report } from '../../../tooling/bench/report.mjs';
import { parseMessage, SipResponse, serializeMessage } from '../dist/index.js';
import { invite, invites } from './support/invites.mjs';
import { npmWriters } from './yardsticks/npm-parsers.mjs';

const { seconds } = benchOptions({ seconds: 2 }, { seconds: 0.05 });

const parsed = parseMessage(invite);
const built = parsed.clone();
for (const [name, value] of [...parsed.headers]) built.headers.set(name, value);

const found = rates(
  {
    'sip-serialize': () => serializeMessage(built).length,
    'sip-serialize-parsed': () => serializeMessage(parsed).length,
    'sip-forward': () => {
      const copy = parsed.clone();
      copy.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1');
      copy.maxForwards = 68;
      return serializeMessage(copy).length;
    },
    'sip-respond': () => serializeMessage(SipResponse.for(parsed, 180, 'Ringing', { toTag: 'a6c85cf' })).length,
    parse: (turn) => {
      const message = parseMessage(invites[turn & 15]);
      return message.via.branch.length + message.from.uri.host.length + message.to.uri.host.length;
    },
  },
  seconds,
);
const theirs = npmWriters(invite);
const unit = '1/s';
const yardstickName = 'npm sip 0.0.6';
const { parse, ...ours } = found;
for (const [name, way] of [
  ['sip-serialize', 'stringify'],
  ['sip-serialize-parsed', 'stringify'],
  ['sip-forward', 'forward'],
  ['sip-respond', 'respond'],
]) {
  const { yardstick } = rates({ yardstick: theirs[way] }, seconds / 2);
  report({ name, ours: ours[name], unit, yardstick, yardstickName });
}
for (const name of ['sip-serialize', 'sip-serialize-parsed']) {
  report({ name, ours: ours[name], unit, yardstick: parse, yardstickName: 'our own parser' });
}
