import { seededRandom } from '../seeded-random';

/** A network made by rule, the same in every run. */
export interface NetworkTrace {
  /** What stands in the table. */
  name: string;
  /** Millionths by which the sender's clock is slow. */
  ppm?: number;
  /**
   * Makes the network anew.
   *
   * @returns ms that each copy of packet `i` of 20 ms takes; none when it is lost
   */
  start(): (i: number) => readonly number[];
}

const NONE: readonly number[] = [];

/** Loss that comes in bursts: a Gilbert model with the given share lost, in bursts of `mean` packets on average. */
function burstLoss(random: () => number, share: number, mean: number): () => boolean {
  let lost = false;
  const leave = 1 / mean;
  const enter = (leave * share) / (1 - share);
  return () => {
    lost = lost ? random() >= leave : random() < enter;
    return lost;
  };
}

/** Delays with a long tail: exponential with the given mean. */
function exponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** A queue that holds everything until it drains: no packet overtakes another. */
function inOrder(): (i: number, delay: number) => number {
  let latest = Number.NEGATIVE_INFINITY;
  return (i, delay) => {
    latest = Math.max(latest, i * 20 + delay);
    return latest - i * 20;
  };
}

function randomLoss(share: number, seed: number): NetworkTrace['start'] {
  return () => {
    const random = seededRandom(seed);
    return () => (random() < share ? NONE : [random() * 2]);
  };
}

function bursts(share: number, seed: number): NetworkTrace['start'] {
  return () => {
    const random = seededRandom(seed);
    const lost = burstLoss(random, share, 3);
    return () => (lost() ? NONE : [random() * 2]);
  };
}

/** The networks that the replay table is about. */
export const networkTraces: readonly NetworkTrace[] = [
  { name: 'clean', start: () => () => [0] },
  {
    name: 'jitter up to 30 ms, in any order',
    start() {
      const random = seededRandom(1);
      return () => [random() * 30];
    },
  },
  {
    name: 'Wi-Fi: stalls of 40 to 160 ms, 1 % lost',
    start() {
      const random = seededRandom(2);
      const queue = inOrder();
      return (i) => {
        const stall = random() < 0.008 ? 40 + random() * 120 : 0;
        const delay = queue(i, exponential(random, 2) + stall);
        return random() < 0.01 ? NONE : [delay];
      };
    },
  },
  {
    name: '4G: slots of 8 ms, hand-overs, 0.5 % lost',
    start() {
      const random = seededRandom(3);
      const queue = inOrder();
      let route = 0;
      return (i) => {
        if (random() < 0.0015) route = random() * 40;
        const handOver = random() < 0.0008 ? 180 : 0;
        const slot = Math.ceil(exponential(random, 5) / 8) * 8;
        const delay = queue(i, route + slot + handOver);
        return random() < 0.005 ? NONE : [delay];
      };
    },
  },
  { name: '2 % lost, each by itself', start: randomLoss(0.02, 4) },
  { name: '5 % lost, each by itself', start: randomLoss(0.05, 5) },
  { name: '10 % lost, each by itself', start: randomLoss(0.1, 6) },
  { name: '20 % lost, each by itself', start: randomLoss(0.2, 7) },
  { name: '5 % lost, in bursts of 3', start: bursts(0.05, 8) },
  { name: '20 % lost, in bursts of 3', start: bursts(0.2, 9) },
  {
    name: 'one packet in 10 overtaken by two, some doubled',
    start() {
      const random = seededRandom(10);
      return () => {
        const delay = random() < 0.1 ? 45 : random();
        return random() < 0.05 ? [delay, delay + 10] : [delay];
      };
    },
  },
  { name: 'sender slow by 100 ppm', ppm: 100, start: () => () => [0] },
  { name: 'sender fast by 100 ppm', ppm: -100, start: () => () => [0] },
  { name: 'sender slow by 1000 ppm', ppm: 1000, start: () => () => [0] },
  { name: 'sender fast by 1000 ppm', ppm: -1000, start: () => () => [0] },
  { name: 'route longer by 100 ms after 20 s', start: () => (i) => [i < 1000 ? 0 : 100] },
  { name: 'route shorter by 100 ms after 20 s', start: () => (i) => [i < 1000 ? 100 : 0] },
  {
    name: 'nothing for 1 s, then all at once',
    start: () => (i) => [i >= 1000 && i < 1050 ? (1050 - i) * 20 : 0],
  },
];
