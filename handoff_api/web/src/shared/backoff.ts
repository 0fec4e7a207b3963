// How long to wait before the next attempt: doubling, capped, and spread out so that browsers do not return all at once.

const FIRST_MS = 500;
const LONGEST_MS = 20_000;

export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Does something until it succeeds, waiting longer each time. Asked while it is at it, it does it once. */
export class Insisting {
  private busy = false;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly onFailure: (failures: number) => void,
  ) {}

  async now(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.retry);
    try {
      await this.work();
      this.failures = 0;
    } catch {
      this.later();
      this.onFailure(this.failures);
    } finally {
      this.busy = false;
    }
  }

  later(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.now(), backoff(this.failures));
    this.failures += 1;
  }

  stop(): void {
    clearTimeout(this.retry);
  }
}
