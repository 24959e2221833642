// Messages a second that one core parses, beside sofia-sip (C) and the parsers of npm. Build first, then:
//
//   node packages/sip-core/bench/sip-parse.mjs [--json] [--seconds N]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { rates, report } from '../../../tooling/bench/report.mjs';
import { parseMessage, validateRequest } from '../dist/index.js';
import { invites } from './support/invites.mjs';
import { npmParsers } from './yardsticks/npm-parsers.mjs';
import { sofiaParse } from './yardsticks/sofia-parse.mjs';

const { seconds } = benchOptions({ seconds: 3 }, { seconds: 0.05 });

/** What a user agent server reads of each request. */
function readInvite(turn) {
  const message = parseMessage(invites[turn & 15]);
  const addresses = message.from.uri.host.length + message.to.uri.host.length + message.contact.uri.host.length;
  return message.via.branch.length + message.callId.length + message.cseq.sequence + addresses;
}

const sofia = sofiaParse(invites, seconds);
const inC = { yardstick: sofia.rate, yardstickName: 'sofia-sip (C)', absent: sofia.absent };
const others = await npmParsers(invites);
// Theirs run after ours: what they leave behind to collect is their own.
const { parse } = rates({ parse: readInvite }, seconds);
const { validate } = rates(
  { validate: (turn) => validateRequest(parseMessage(invites[turn & 15])) === undefined },
  seconds,
);
const unit = '1/s';
report({ name: 'sip-parse', ours: parse, unit, ...inC });
for (const [yardstickName, run] of Object.entries(others)) {
  const { yardstick } = rates({ yardstick: run }, seconds / 2);
  report({ name: 'sip-parse', ours: parse, unit, yardstick, yardstickName });
}
report({ name: 'sip-parse-validate', ours: validate, unit, ...inC });
