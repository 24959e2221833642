import { describe, expect, test } from 'vitest';
import { readConferenceInfo } from './conference-info';
import { pickupOf, readDialogInfo } from './dialog-info';
import { readMessageSummary } from './message-summary';
import { readPresence, writePresence } from './presence';

const unreadable = expect.objectContaining({ code: 'ERR_EVENT_BODY' });

describe('a message summary', () => {
  test('says what waits, by kind', () => {
    const text = [
      'Messages-Waiting: yes',
      'Message-Account: sip:alice@vmail.example.com',
      'Voice-Message: 2/8 (0/2)',
      'Fax-Message: 1 / 0',
      '',
      'To: <alice@example.com>',
      'Voice-Message: 99/99',
    ].join('\r\n');
    expect(readMessageSummary(text)).toEqual({
      waiting: true,
      account: 'sip:alice@vmail.example.com',
      counts: {
        voice: { new: 2, old: 8, urgentNew: 0, urgentOld: 2 },
        fax: { new: 1, old: 0, urgentNew: 0, urgentOld: 0 },
      },
    });
    expect(readMessageSummary('messages-waiting: no\n')).toEqual({ waiting: false, counts: {} });
  });

  test('that does not say it is none', () => {
    for (const text of ['', 'Voice-Message: 1/0', '<xml/>']) expect(() => readMessageSummary(text)).toThrow(unreadable);
  });
});

describe('presence', () => {
  test('is read as it was written', () => {
    const text = writePresence('sip:alice@example.com', 'sip:alice@10.0.0.1', {
      status: 'open',
      note: 'In <five> minutes & more',
      activities: ['on-the-phone', 'not a word'],
    });
    expect(readPresence(text)).toEqual({
      entity: 'sip:alice@example.com',
      status: 'open',
      tuples: [{ id: 'phone', status: 'open', contact: 'sip:alice@10.0.0.1', note: 'In <five> minutes & more' }],
      note: 'In <five> minutes & more',
      activities: ['on-the-phone'],
    });
  });

  test('is open when any tuple is, and unknown when none says', () => {
    const of = (...basics: string[]) =>
      readPresence(
        `<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" entity="pres:x">${basics
          .map((basic) => `<p:tuple id="a"><p:status><p:basic>${basic}</p:basic></p:status></p:tuple>`)
          .join('')}</p:presence>`,
      ).status;
    expect([of('closed', 'open'), of('closed'), of(), of('maybe')]).toEqual(['open', 'closed', 'unknown', 'unknown']);
  });

  test('that is no presence, not well-formed, or a bomb is refused', () => {
    for (const text of [
      'hello',
      '<presence>',
      '<dialog-info/>',
      '<!DOCTYPE x [<!ENTITY a "aaaa">]><presence>&a;</presence>',
      `<presence>${' '.repeat(1_000_001)}</presence>`,
    ])
      expect(() => readPresence(text), text.slice(0, 40)).toThrow(unreadable);
  });
});

const dialogInfo = (version: number, state: string, dialogs: string) =>
  `<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="${state}" entity="sip:bob@example.com">${dialogs}</dialog-info>`;
const early =
  '<dialog id="d1" call-id="c@h" local-tag="L" remote-tag="R" direction="recipient"><state>early</state>' +
  '<remote><identity display="Alice">sip:alice@example.com</identity><target uri="sip:alice@10.0.0.1"/></remote></dialog>';

describe('dialog information', () => {
  test('is put together from its parts', () => {
    const none = readDialogInfo(dialogInfo(0, 'full', ''));
    expect(none.lamp).toBe('idle');
    const ringing = readDialogInfo(dialogInfo(1, 'partial', early), none);
    expect(ringing.lamp).toBe('ringing');
    expect(ringing.dialogs[0]).toMatchObject({
      callId: 'c@h',
      remote: { identity: 'sip:alice@example.com', displayName: 'Alice', target: 'sip:alice@10.0.0.1' },
    });
    const busy = readDialogInfo(
      dialogInfo(2, 'partial', '<dialog id="d2" direction="initiator"><state>confirmed</state></dialog>'),
      ringing,
    );
    expect(busy).toMatchObject({ lamp: 'busy', dialogs: [{ id: 'd1' }, { id: 'd2' }] });
    const one = readDialogInfo(dialogInfo(3, 'partial', '<dialog id="d1"><state>terminated</state></dialog>'), busy);
    expect(one.dialogs.map(({ id }) => id)).toEqual(['d2']);
    expect(readDialogInfo(dialogInfo(3, 'full', ''), one)).toBe(one);
    expect(readDialogInfo(dialogInfo(9, 'full', ''), one).dialogs).toEqual([]);
  });

  test('of which a part is missing is asked for again', () => {
    const none = readDialogInfo(dialogInfo(0, 'full', ''));
    expect(() => readDialogInfo(dialogInfo(2, 'partial', early), none)).toThrow(unreadable);
    expect(() => readDialogInfo(dialogInfo(2, 'partial', early))).toThrow(unreadable);
  });

  test('says how to pick up what rings: the tags as the caller sees them (RFC 3891 §3)', () => {
    const { dialogs } = readDialogInfo(dialogInfo(0, 'full', early));
    expect(pickupOf(dialogs[0]!)).toEqual({
      target: 'sip:alice@10.0.0.1',
      replaces: { callId: 'c@h', toTag: 'R', fromTag: 'L', earlyOnly: true },
    });
    const nameless = readDialogInfo(dialogInfo(0, 'full', '<dialog id="x"><state>early</state></dialog>'));
    expect(pickupOf(nameless.dialogs[0]!)).toBeUndefined();
  });
});

test('conference information is put together from its parts', () => {
  const of = (version: number, state: string, inside: string) =>
    `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:c@h" state="${state}" version="${version}">${inside}</conference-info>`;
  const full = readConferenceInfo(
    of(
      1,
      'full',
      '<conference-description><subject>Weekly</subject></conference-description>' +
        '<conference-state><user-count>2</user-count><active>true</active></conference-state>' +
        '<users><user entity="sip:a@h"><display-text>Ann</display-text><roles><entry>host</entry></roles>' +
        '<endpoint entity="sip:a@1"><status>connected</status></endpoint></user><user entity="sip:b@h"/></users>',
    ),
  );
  expect(full).toMatchObject({ subject: 'Weekly', userCount: 2, active: true });
  expect(full.users[0]).toEqual({
    entity: 'sip:a@h',
    displayName: 'Ann',
    roles: ['host'],
    endpoints: [{ entity: 'sip:a@1', status: 'connected' }],
  });
  const next = readConferenceInfo(
    of(
      2,
      'partial',
      '<users state="partial"><user entity="sip:b@h" state="deleted"/><user entity="sip:a@h" state="partial">' +
        '<endpoint entity="sip:a@1" state="partial"><status>on-hold</status></endpoint></user></users>',
    ),
    full,
  );
  expect(next.users).toEqual([
    { entity: 'sip:a@h', displayName: 'Ann', roles: ['host'], endpoints: [{ entity: 'sip:a@1', status: 'on-hold' }] },
  ]);
  expect(next.subject).toBe('Weekly');
  expect(() => readConferenceInfo(of(9, 'partial', ''), next)).toThrow(unreadable);
});
