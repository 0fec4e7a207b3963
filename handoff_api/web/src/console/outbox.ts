// Sends replies and notes, one after the other in each conversation, until the switchboard has answered for each.
import { backoff } from '../shared/backoff.ts';
import { api, Refusal } from './api.ts';
import type { Done, Summary } from './model.ts';
import type { Action, Pending } from './state.ts';

const FIRST_WAIT_MS = 1_000;

export interface OutboxOptions {
  pending(): readonly Pending[];
  apply(action: Action): void;
  took(done: Done): void;
  lost(conversation: Summary): void;
}

export class Outbox {
  private readonly busy = new Set<string>();
  private failures = 0;

  constructor(private readonly options: OutboxOptions) {}

  sendAll(): void {
    for (const id of new Set(this.options.pending().map((one) => one.conversation_id))) void this.send(id);
  }

  async send(id: string): Promise<void> {
    if (this.busy.has(id)) return;
    this.busy.add(id);
    try {
      for (let next = this.next(id); next; next = this.next(id)) await this.sendOne(next);
    } catch {
      for (const one of this.options.pending()) {
        if (one.conversation_id === id && one.state === 'sending') this.mark(one, 'unsent');
      }
      setTimeout(() => void this.send(id), backoff(this.failures++) + FIRST_WAIT_MS);
    } finally {
      this.busy.delete(id);
    }
  }

  private async sendOne(one: Pending): Promise<void> {
    const { command_id, mode, text } = one;
    try {
      const done = await api.write(one.conversation_id, mode === 'note' ? 'notes' : 'messages', { command_id, text });
      this.failures = 0;
      this.options.took(done);
      this.options.apply({ type: 'sent', command_id });
    } catch (problem) {
      if (!(problem instanceof Refusal) || !problem.final) throw problem;
      if (problem.conversation) this.options.lost(problem.conversation);
      this.mark(one, 'refused', problem.message);
    }
  }

  private next(id: string): Pending | undefined {
    return this.options.pending().find((one) => one.conversation_id === id && one.state !== 'refused');
  }

  private mark(one: Pending, state: Pending['state'], reason?: string): void {
    this.options.apply({ type: 'not_sent', command_id: one.command_id, state, ...(reason ? { reason } : {}) });
  }
}
