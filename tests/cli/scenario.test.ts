import { describe, expect, it } from 'vitest';
import { run } from './support/offhook';

/** The call flows of third-party call control, as the book of the original has them. */
const names = [
  'makecall-reinvite',
  'makecall-invite',
  'release',
  'hold-retrieve',
  'hold-retrieve-moh',
  'single-step-transfer-reinvite',
  'single-step-transfer-refer',
  'single-step-transfer-busy',
  'consult-single-endpoint',
  'consult-transfer-reinvite',
  'conference-central-mixing',
  'answer-notify-talk',
];

describe('offhook scenario', () => {
  it('lists the call flows', async () => {
    const { code, lines } = await run('scenario', 'list', '--json');
    expect(code).toBe(0);
    expect(lines.filter(({ type }) => type === 'scenario').map(({ name }) => name)).toEqual(names);
  });

  it('acts all of them out: messages, T-Lib events and who hears whom are as they have to be', async () => {
    const { code, lines, result } = await run('scenario', 'run', '--all', '--json');
    const wrong = lines
      .filter(({ type, ok }) => type === 'scenario' && ok !== true)
      .map(({ name, missing, phases, error }) => ({ name, missing, phases, error }));
    expect(wrong).toEqual([]);
    expect(result).toMatchObject({ ran: names.length, failed: [] });
    expect(code).toBe(0);
  });

  it('says that there is no such one', async () => {
    const { code, stderr } = await run('scenario', 'run', 'nothing');
    expect(code).toBe(2);
    expect(stderr).toMatch(/scenario list/);
  });
});
