// Where sockets do not get through: rounds of plain HTTP, one at a time, so that what is sent keeps its order.

const EVERY_MS = 3_000;

export class Polling {
  private timer: ReturnType<typeof setInterval> | undefined;
  private busy = false;
  private again = false;

  constructor(private readonly round: () => Promise<void>) {}

  start(): void {
    if (this.timer) return;
    this.timer = setInterval(() => void this.run(), EVERY_MS);
    void this.run();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** A round before its time, if there are rounds at all. */
  soon(wait: number): void {
    if (this.timer) setTimeout(() => void this.run(), wait);
  }

  private async run(): Promise<void> {
    if (!this.timer) return;
    this.again = this.busy;
    if (this.busy) return;
    this.busy = true;
    try {
      await this.round();
    } finally {
      this.busy = false;
      if (this.again) this.soon(0);
    }
  }
}
