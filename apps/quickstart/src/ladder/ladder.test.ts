import { describe, expect, it } from 'vitest';
import { styleFor } from '../output/style';
import { Ladder } from './ladder';

const style = styleFor({ write: () => {} }, {});

describe('the ladder', () => {
  it('draws an arrow for each message under a heading of its parties', () => {
    const ladder = new Ladder(['Phone', 'Server', 'Echo'], style);
    const lines = [
      ...ladder.draw({ at: 12, from: 'Phone', to: 'Server', label: 'INVITE', note: 'offer' }),
      ...ladder.draw({ at: 15, from: 'Server', to: 'Echo', label: 'INVITE' }),
      ...ladder.draw({ at: 1020, from: 'Server', to: 'Phone', label: '200 OK (INVITE)' }),
    ];
    expect(lines).toEqual([
      '           Phone                             Server                            Echo',
      '    0.012  │── INVITE ──────────────────────▶│                                 │  offer',
      '    0.015  │                                 │── INVITE ──────────────────────▶│',
      '    1.020  │◀─ 200 OK (INVITE) ──────────────│                                 │',
    ]);
  });

  it('lets an arrow cross a column it does not stop at', () => {
    const [, line] = new Ladder(['A', 'B', 'C'], style).draw({ at: 0, from: 'C', to: 'A', label: 'BYE' });
    expect(line).toBe(`    0.000  │◀─ BYE ${'─'.repeat(60)}│`);
  });

  it('adds a column for a party it has not met, and draws the heading again', () => {
    const ladder = new Ladder(['A'], style);
    expect(ladder.draw({ at: 0, from: 'A', to: 'B', label: 'ACK' })).toHaveLength(2);
    expect(ladder.draw({ at: 0, from: 'B', to: 'A', label: 'BYE' })).toHaveLength(1);
    expect(ladder.draw({ at: 0, from: 'C', to: 'A', label: 'BYE' })[0]).toContain('C');
  });

  it('keeps columns straight when a label is longer than they are', () => {
    const [, line] = new Ladder(['A', 'B'], style).draw({ at: 0, from: 'A', to: 'B', label: 'x'.repeat(80) });
    expect(line).toMatch(/^ {4}0\.000 {2}│── x+… ▶│$/);
    expect(line).toHaveLength(11 + 35);
  });
});
