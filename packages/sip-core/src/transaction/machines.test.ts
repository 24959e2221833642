import { describe, expect, it } from 'vitest';
import { SipResponse } from '../message/response';
import { VirtualClock } from '../testing/virtual-clock';
import { InviteClientMachine } from './invite-client-machine';
import { InviteServerMachine } from './invite-server-machine';
import { NonInviteClientMachine } from './non-invite-client-machine';
import { NonInviteServerMachine } from './non-invite-server-machine';
import { defaultTimers } from './timer-values';

const kinds = {
  'INVITE client': InviteClientMachine,
  'non-INVITE client': NonInviteClientMachine,
  'INVITE server': InviteServerMachine,
  'non-INVITE server': NonInviteServerMachine,
} as const;
type Kind = keyof typeof kinds;

interface Options {
  reliable?: boolean;
  T1?: number;
  /** Called for each action, with its name: what a user might do from inside a call-back. */
  on?: (action: string) => void;
}

/** A machine that has begun, and a diary of what it does: `time action`. */
function setUp(kind: Kind, { reliable = false, T1 = 500, on }: Options = {}) {
  const clock = new VirtualClock();
  const diary: string[] = [];
  const note = (action: string) => {
    diary.push(`${clock.now()} ${action}`);
    on?.(action);
  };
  const status = (response: SipResponse) => response.status;
  const actions = {
    reliable,
    sendRequest: () => note('request'),
    sendAck: (response: SipResponse) => note(`ACK of ${status(response)}`),
    response: (response: SipResponse) => note(`user gets ${status(response)}`),
    send: (response: SipResponse) => note(`send ${status(response)}`),
    resend: () => note('send again'),
    sendTrying: () => note('send 100'),
    acknowledged: () => note('acknowledged'),
    timeout: () => note('timeout'),
    transportError: () => note('transport error'),
    terminated: () => note('terminated'),
  };
  const machine = new kinds[kind](clock, { ...defaultTimers, T1 }, actions) as unknown as {
    state: string;
    begin?(): void;
    cancelled?(): void;
    input(name: string, message?: unknown): void;
    abandon(): void;
  };
  machine.begin?.();
  return { clock, diary, machine, input: (name: string) => machine.input(name, messages[name]) };
}

const response = (status: number) => SipResponse.create({ status });
const messages: Record<string, unknown> = {
  '1xx': response(180),
  '2xx': response(200),
  '200-699': response(200),
  '300-699': response(486),
  'send 1xx': response(180),
  'send 2xx': response(200),
  'send 200-699': response(200),
  'send 300-699': response(486),
  'transport error': new Error('broken'),
};

/** Lets a machine run for `ms`, then tells what it did when. */
async function run(
  kind: Kind,
  options: Options,
  inputs: readonly (readonly [at: number, name: string])[],
  ms = 200_000,
) {
  const { clock, diary, input, machine } = setUp(kind, options);
  for (const [at, name] of inputs) {
    if (at > clock.now()) await clock.advance(at - clock.now());
    input(name);
  }
  await clock.advance(ms - clock.now());
  return { clock, diary, machine };
}

const at = (times: number[], action: string) => times.map((time) => `${time} ${action}`);

describe('INVITE client transaction: timers', () => {
  it('sends the INVITE at 0, 500, 1500, 3500, 7500, 15500 and 31500 ms and gives up at 32000 (A, B)', async () => {
    const { diary, machine, clock } = await run('INVITE client', {}, []);
    expect(diary).toEqual([
      ...at([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500], 'request'),
      '32000 terminated',
      '32000 timeout',
    ]);
    expect(machine.state).toBe('terminated');
    expect(clock.pending).toBe(0);
  });

  it('sends it once over a reliable transport and gives up all the same (B)', async () => {
    const { diary } = await run('INVITE client', { reliable: true }, []);
    expect(diary).toEqual(['0 request', '32000 terminated', '32000 timeout']);
  });

  it('derives all of them from T1', async () => {
    const { diary } = await run('INVITE client', { T1: 100 }, []);
    expect(diary).toEqual([
      ...at([0, 100, 300, 700, 1_500, 3_100, 6_300], 'request'),
      '6400 terminated',
      '6400 timeout',
    ]);
  });

  it('is silent after a provisional response, however long it rings', async () => {
    const { diary, machine, clock } = await run('INVITE client', {}, [[600, '1xx']], 3_600_000);
    expect(diary).toEqual(['0 request', '500 request', '600 user gets 180']);
    expect(machine.state).toBe('proceeding');
    expect(clock.pending).toBe(0);
  });

  it.each([
    [false, 32_000],
    [true, 0],
  ])('acknowledges a refusal and stays for timer D (reliable %s: %i ms)', async (reliable, length) => {
    const { diary } = await run('INVITE client', { reliable }, [[100, '300-699']]);
    expect(diary).toEqual(['0 request', '100 ACK of 486', '100 user gets 486', `${100 + length} terminated`]);
  });

  it('keeps timer D at 32 s at least, also with a short T1', async () => {
    const { diary } = await run('INVITE client', { T1: 50 }, [[10, '300-699']]);
    expect(diary.at(-1)).toBe('32010 terminated');
  });

  it('acknowledges each repeat of the refusal and tells the user once', async () => {
    const { diary } = await run('INVITE client', {}, [
      [100, '300-699'],
      [600, '300-699'],
      [1_600, '300-699'],
      [32_100, '300-699'],
    ]);
    expect(diary).toEqual([
      '0 request',
      '100 ACK of 486',
      '100 user gets 486',
      '600 ACK of 486',
      '1600 ACK of 486',
      '32100 terminated',
    ]);
  });

  it.each([false, true])(
    'hands up every 2xx for timer M, 64*T1, and acknowledges none (reliable %s)',
    async (reliable) => {
      const { diary } = await run('INVITE client', { reliable }, [
        [100, '2xx'],
        [600, '2xx'],
        [32_099, '2xx'],
        [32_101, '2xx'],
      ]);
      expect(diary).toEqual([
        '0 request',
        '100 user gets 200',
        '600 user gets 200',
        '32099 user gets 200',
        '32100 terminated',
      ]);
    },
  );

  it('waits 64*T1 for the end of a cancelled INVITE (§9.1)', async () => {
    const { clock, diary, input, machine } = setUp('INVITE client');
    await clock.advance(100);
    input('1xx');
    await clock.advance(9_900);
    machine.cancelled!();
    await clock.advance(5_000);
    input('1xx');
    await clock.advance(100_000);
    expect(diary.slice(-2)).toEqual(['42000 terminated', '42000 timeout']);
    expect(clock.pending).toBe(0);
  });

  it('forgets that limit when the final response comes', async () => {
    const { clock, diary, input, machine } = setUp('INVITE client');
    input('1xx');
    machine.cancelled!();
    await clock.advance(31_999);
    input('300-699');
    await clock.advance(32_000);
    expect(diary.slice(-2)).toEqual(['31999 user gets 486', '63999 terminated']);
  });
});

describe('non-INVITE client transaction: timers', () => {
  const timesE = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

  it('sends the request at T1 doubling to T2 and gives up at 32000 ms (E, F)', async () => {
    const { diary, clock } = await run('non-INVITE client', {}, []);
    expect(diary).toEqual([...at(timesE, 'request'), '32000 terminated', '32000 timeout']);
    expect(clock.pending).toBe(0);
  });

  it('sends it once over a reliable transport', async () => {
    const { diary } = await run('non-INVITE client', { reliable: true }, []);
    expect(diary).toEqual(['0 request', '32000 terminated', '32000 timeout']);
  });

  it('repeats every T2 once a provisional response has come, and still gives up (E, F)', async () => {
    const { diary } = await run('non-INVITE client', {}, [
      [600, '1xx'],
      [700, '1xx'],
    ]);
    expect(diary).toEqual([
      '0 request',
      '500 request',
      '600 user gets 180',
      '700 user gets 180',
      ...at([1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500], 'request'),
      '32000 terminated',
      '32000 timeout',
    ]);
  });

  it.each([
    [false, 5_000],
    [true, 0],
  ])(
    'tells the user of one final response and absorbs the rest for timer K (reliable %s: %i ms)',
    async (reliable, length) => {
      const { diary } = await run('non-INVITE client', { reliable }, [
        [100, '200-699'],
        [100, '200-699'],
        [4_000, '200-699'],
        [6_000, '200-699'],
      ]);
      expect(diary).toEqual(['0 request', '100 user gets 200', `${100 + length} terminated`]);
    },
  );
});

describe('INVITE server transaction: timers', () => {
  it('says 100 after 200 ms of silence', async () => {
    const { diary, clock } = await run('INVITE server', {}, []);
    expect(diary).toEqual(['200 send 100']);
    expect(clock.pending).toBe(0);
  });

  it.each(['send 1xx', 'send 2xx', 'send 300-699'])('says no 100 after "%s"', async (input) => {
    const { diary } = await run('INVITE server', {}, [[199, input]], 400);
    expect(diary).toHaveLength(1);
  });

  it('repeats a refusal at T1 doubling to T2 until timer H (G, H)', async () => {
    const { diary, machine, clock } = await run('INVITE server', {}, [[0, 'send 300-699']]);
    expect(diary).toEqual([
      '0 send 486',
      ...at([500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500], 'send again'),
      '32000 terminated',
      '32000 timeout',
    ]);
    expect(machine.state).toBe('terminated');
    expect(clock.pending).toBe(0);
  });

  it('sends it once over a reliable transport, and waits for the ACK all the same (H)', async () => {
    const { diary } = await run('INVITE server', { reliable: true }, [[0, 'send 300-699']]);
    expect(diary).toEqual(['0 send 486', '32000 terminated', '32000 timeout']);
  });

  it.each([
    [false, 5_000],
    [true, 0],
  ])('absorbs repeated ACKs for timer I (reliable %s: %i ms)', async (reliable, length) => {
    const { diary } = await run('INVITE server', { reliable }, [
      [0, 'send 300-699'],
      [400, 'ACK'],
      [400, 'ACK'],
      [500, 'INVITE'],
      [3_000, 'ACK'],
      [9_000, 'ACK'],
    ]);
    expect(diary).toEqual(['0 send 486', '400 acknowledged', `${400 + length} terminated`]);
  });

  it('answers repeated INVITEs with the last response', async () => {
    const { diary } = await run(
      'INVITE server',
      {},
      [
        [100, 'INVITE'],
        [150, 'send 1xx'],
        [500, 'INVITE'],
        [800, 'send 300-699'],
        [900, 'INVITE'],
        [1_000, 'ACK'],
        [1_500, 'INVITE'],
      ],
      2_000,
    );
    expect(diary).toEqual([
      '100 send again',
      '150 send 180',
      '500 send again',
      '800 send 486',
      '900 send again',
      '1000 acknowledged',
    ]);
  });

  it.each([false, true])(
    'absorbs INVITEs after a 2xx for timer L, 64*T1, and repeats no 2xx itself (reliable %s)',
    async (reliable) => {
      const { diary } = await run('INVITE server', { reliable }, [
        [50, 'send 2xx'],
        [500, 'INVITE'],
        [550, 'send 2xx'],
        [600, 'ACK'],
        [32_049, 'send 2xx'],
        [32_051, 'send 2xx'],
      ]);
      expect(diary).toEqual(['50 send 200', '550 send 200', '32049 send 200', '32050 terminated']);
    },
  );
});

describe('non-INVITE server transaction: timers', () => {
  it('leaves a repeated request unanswered until there is an answer', async () => {
    const { diary } = await run(
      'non-INVITE server',
      {},
      [
        [500, 'request'],
        [1_500, 'request'],
      ],
      3_000,
    );
    expect(diary).toEqual([]);
  });

  it.each([false, true])(
    'says 100 when the client has come to T2, not before, and ends unanswered when it has given up (RFC 4320, reliable %s)',
    async (reliable) => {
      const { diary, clock } = await run('non-INVITE server', { reliable }, [
        [3_400, 'request'],
        [33_000, 'send 200-699'],
      ]);
      expect(diary).toEqual(['3500 send 100', '32000 terminated', '32000 timeout']);
      expect(clock.pending).toBe(0);
    },
  );

  it('says no 100 once it has been answered (RFC 4320)', async () => {
    const { diary } = await run('non-INVITE server', {}, [[3_400, 'send 200-699']], 10_000);
    expect(diary).toEqual(['3400 send 200']);
  });

  it.each([
    [false, 32_000],
    [true, 0],
  ])('answers repeats from memory for timer J (reliable %s: %i ms)', async (reliable, length) => {
    const { diary } = await run('non-INVITE server', { reliable }, [
      [100, 'send 1xx'],
      [500, 'request'],
      [600, 'send 200-699'],
      [600, 'request'],
      [600, 'send 200-699'],
      [32_601, 'request'],
    ]);
    expect(diary).toEqual([
      '100 send 180',
      '500 send again',
      '600 send 200',
      '600 send again',
      `${600 + length} terminated`,
    ]);
  });
});

/**
 * For each machine, the inputs that lead to each state, and the state each input leads to from there. Whatever is missing would
 * be an input nobody has thought about.
 */
const totality: Record<Kind, { inputs: string[]; states: Record<string, { path: string[]; next: string[] }> }> = {
  'INVITE client': {
    inputs: ['1xx', '2xx', '300-699', 'transport error', 'timer A', 'timer B', 'timer D', 'timer M'],
    states: {
      calling: {
        path: [],
        next: ['proceeding', 'accepted', 'completed', 'terminated', 'calling', 'terminated', 'calling', 'calling'],
      },
      proceeding: {
        path: ['1xx'],
        next: [
          'proceeding',
          'accepted',
          'completed',
          'terminated',
          'proceeding',
          'terminated',
          'proceeding',
          'proceeding',
        ],
      },
      accepted: {
        path: ['2xx'],
        next: ['accepted', 'accepted', 'accepted', 'accepted', 'accepted', 'accepted', 'accepted', 'terminated'],
      },
      completed: {
        path: ['300-699'],
        next: [
          'completed',
          'completed',
          'completed',
          'terminated',
          'completed',
          'completed',
          'terminated',
          'completed',
        ],
      },
      terminated: { path: ['transport error'], next: Array(8).fill('terminated') },
    },
  },
  'non-INVITE client': {
    inputs: ['1xx', '200-699', 'transport error', 'timer E', 'timer F', 'timer K'],
    states: {
      trying: { path: [], next: ['proceeding', 'completed', 'terminated', 'trying', 'terminated', 'trying'] },
      proceeding: {
        path: ['1xx'],
        next: ['proceeding', 'completed', 'terminated', 'proceeding', 'terminated', 'proceeding'],
      },
      completed: {
        path: ['200-699'],
        next: ['completed', 'completed', 'completed', 'completed', 'completed', 'terminated'],
      },
      terminated: { path: ['transport error'], next: Array(6).fill('terminated') },
    },
  },
  'INVITE server': {
    inputs: [
      ...['INVITE', 'ACK', 'send 1xx', 'send 2xx', 'send 300-699', 'transport error'],
      ...['timer 100', 'timer G', 'timer H', 'timer I', 'timer L'],
    ],
    states: {
      proceeding: {
        path: [],
        next: [
          ...['proceeding', 'proceeding', 'proceeding', 'accepted', 'completed', 'proceeding'],
          ...['proceeding', 'proceeding', 'proceeding', 'proceeding', 'proceeding'],
        ],
      },
      accepted: { path: ['send 2xx'], next: [...Array(10).fill('accepted'), 'terminated'] },
      completed: {
        path: ['send 300-699'],
        next: [
          ...['completed', 'confirmed', 'completed', 'completed', 'completed', 'completed'],
          ...['completed', 'completed', 'terminated', 'completed', 'completed'],
        ],
      },
      confirmed: {
        path: ['send 300-699', 'ACK'],
        next: [...Array(9).fill('confirmed'), 'terminated', 'confirmed'],
      },
      terminated: { path: ['send 2xx', 'timer L'], next: Array(11).fill('terminated') },
    },
  },
  'non-INVITE server': {
    inputs: ['request', 'send 1xx', 'send 200-699', 'transport error', 'timer J'],
    states: {
      trying: { path: [], next: ['trying', 'proceeding', 'completed', 'terminated', 'trying'] },
      proceeding: {
        path: ['send 1xx'],
        next: ['proceeding', 'proceeding', 'completed', 'terminated', 'proceeding'],
      },
      completed: {
        path: ['send 200-699'],
        next: ['completed', 'completed', 'completed', 'terminated', 'terminated'],
      },
      terminated: { path: ['transport error'], next: Array(5).fill('terminated') },
    },
  },
};

describe.each(Object.entries(totality))('%s transaction: every input in every state', (name, { inputs, states }) => {
  const kind = name as Kind;
  const cases = Object.entries(states).flatMap(([state, { path, next }]) =>
    inputs.map((input, index) => ({ state, input, path, next: next[index]! })),
  );

  it.each([false, true])(
    'leads to the state of the table and leaves no timer behind (reliable %s)',
    async (reliable) => {
      for (const { state, input, path, next } of cases) {
        const { clock, diary, machine, input: give } = setUp(kind, { reliable });
        for (const step of path) give(step);
        const what = `${state} + ${input}`;
        expect(machine.state, what).toBe(state);
        give(input);
        expect(`${what} = ${machine.state}`).toBe(`${what} = ${next}`);
        if (next === 'terminated') expect(clock.pending, what).toBe(0);
        await clock.advance(1_000_000);
        expect(clock.pending, what).toBe(0);
        expect(diary.filter((entry) => entry.endsWith(' terminated')).length, what).toBeLessThanOrEqual(1);
        expect(
          diary.some((entry) => entry.endsWith(' terminated')),
          what,
        ).toBe(machine.state === 'terminated');
      }
    },
  );

  it('does nothing at all after its end', async () => {
    const { clock, diary, input } = setUp(kind);
    for (const step of states.terminated!.path) input(step);
    const before = [...diary];
    for (const each of inputs) input(each);
    await clock.advance(100_000);
    expect(diary).toEqual(before);
    expect(clock.pending).toBe(0);
  });

  it('does nothing after it was abandoned, in whatever state', async () => {
    for (const { path, input, state } of cases) {
      const { clock, diary, machine, input: give } = setUp(kind);
      for (const step of path) give(step);
      machine.abandon();
      const before = [...diary];
      expect(clock.pending).toBe(0);
      give(input);
      expect(machine.state).toBe(state);
      expect(clock.pending, `${state} + ${input}`).toBe(0);
      expect(diary).toEqual(before);
    }
  });
});

describe('what a user does from inside a call-back', () => {
  it('may end the client transaction while its response is handed up', async () => {
    const { clock, diary, machine, input } = setUp('INVITE client', {
      on: (action) => {
        if (action === 'user gets 180') machine.input('transport error', new Error('closed'));
      },
    });
    input('1xx');
    expect(machine.state).toBe('terminated');
    await clock.advance(100_000);
    expect(diary).toEqual(['0 request', '0 user gets 180', '0 terminated', '0 transport error']);
  });

  it('may answer the request finally while the 100 goes out', async () => {
    const { clock, diary, machine } = setUp('INVITE server', {
      on: (action) => {
        if (action === 'send 100') machine.input('send 2xx', response(200));
      },
    });
    await clock.advance(200);
    expect(machine.state).toBe('accepted');
    expect(diary).toEqual(['200 send 100', '200 send 200']);
    await clock.advance(32_000);
    expect(machine.state).toBe('terminated');
  });
});
