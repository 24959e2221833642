import { expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { autoAnswerDelay, requiredAnswerMode } from './auto-answer';

const delay = (...headers: [string, string][]) =>
  autoAnswerDelay(SipRequest.create({ method: 'INVITE', uri: 'sip:a@b', headers }));

test.each<[header: string, value: string, seconds: number]>([
  ['Call-Info', '<sip:x>;answer-after=0', 0],
  ['Call-Info', '<sip:127.0.0.1>; Answer-After = "5"', 5],
  ['Call-Info', 'answer-after=2', 2],
  ['Call-Info', '\\;answer-after=0', 0],
  ['Call-Info', '<http://x/icon.png>;purpose=icon, <sip:x>;answer-after=1', 1],
  ['Alert-Info', '<http://www.notused.com>;info=alert-autoanswer', 0],
  ['Alert-Info', '<http://www.notused.com>;info=alert-autoanswer;delay=3', 3],
  ['Alert-Info', 'info=alert-autoanswer', 0],
  ['Alert-Info', '<sip:x>;info="Auto Answer"', 0],
  ['Alert-Info', '<sip:x>;info=Auto Answer', 0],
  ['Alert-Info', 'Auto Answer', 0],
  ['Alert-Info', '<Auto Answer>', 0],
  ['Alert-Info', '<sip:x>;answer-after=4', 4],
  ['Answer-Mode', 'Auto', 0],
  ['Answer-Mode', 'auto;require', 0],
  ['Priv-Answer-Mode', 'Auto', 0],
])('%s: %s asks to answer after %i s', (header, value, seconds) => {
  expect(delay([header, value])).toBe(seconds);
});

test.each<[header: string, value: string]>([
  ['Call-Info', '<http://x/icon.png>;purpose=icon'],
  ['Call-Info', '<sip:x?answer-after=0>'],
  ['Call-Info', '<sip:x>;no-answer-after=0'],
  ['Call-Info', '<sip:x>;info=alert-autoanswer'],
  ['Alert-Info', '<urn:alert:source:internal>'],
  ['Alert-Info', '<http://x/auto-answer.wav>'],
  ['Alert-Info', 'Bellcore-dr1'],
  ['Answer-Mode', 'Manual'],
  ['Answer-Mode', ';;;'],
  ['Subject', 'answer-after=0'],
])('%s: %s does not', (header, value) => {
  expect(delay([header, value])).toBeUndefined();
});

test('a request without any of them does not; what is asked for in words of RFC 5373 overrules customs', () => {
  expect(delay()).toBeUndefined();
  expect(delay(['Answer-Mode', 'Manual'], ['Call-Info', '<sip:x>;answer-after=0'])).toBeUndefined();
  expect(delay(['Answer-Mode', 'Manual'], ['Priv-Answer-Mode', 'Auto'])).toBe(0);
});

test('hostile values cost no time, and no delay is longer than an hour', () => {
  const began = performance.now();
  for (const piece of [' ', ';', '<', '"', 'info=', 'answer-after', ';answer-after=', 'a='])
    delay(['Alert-Info', piece.repeat(8_000)]);
  expect(performance.now() - began).toBeLessThan(500);
  expect(delay(['Call-Info', '<sip:x>;answer-after=999999999'])).toBe(3600);
});

test.each([
  ['Answer-Mode', 'Auto;require', 'auto'],
  ['Answer-Mode', 'manual;require', 'manual'],
  ['Priv-Answer-Mode', 'Auto;require', 'auto'],
  ['Answer-Mode', 'Auto', undefined],
  ['Answer-Mode', 'Later;require', undefined],
  ['Answer-Mode', ';;', undefined],
  ['Call-Info', '<sip:x>;answer-after=0', undefined],
])('%s: %s requires %s (RFC 5373 §4)', (name, value, mode) => {
  const invite = SipRequest.create({ method: 'INVITE', uri: 'sip:a@b', headers: [[name, value]] });
  expect(requiredAnswerMode(invite)).toBe(mode);
});
