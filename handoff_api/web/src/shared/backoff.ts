// How long to wait before the next attempt: doubling, capped, and spread out so that browsers do not return all at once.

const FIRST_MS = 500;
const LONGEST_MS = 20_000;

export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
