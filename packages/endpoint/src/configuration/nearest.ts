import { placeOf } from './path';
import { settings } from './settings/table';

/** @internal The setting whose path is most like a path that is none's; undefined when none is. */
export function nearest(path: string): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(path.length / 6)) + 1;
  const number = String(Number(/proxy(\d{1,3})/.exec(path)?.[1] ?? 0));
  for (const { path: pattern } of settings) {
    const candidate = pattern.replace(/N(?=$|\.)/, number);
    const distance = distanceOf(path.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least && placeOf(candidate)?.setting) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Insertions, deletions and replacements between two texts (Levenshtein); `limit` when there are as many or more. */
function distanceOf(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return Math.min(row[b.length]!, limit);
}
