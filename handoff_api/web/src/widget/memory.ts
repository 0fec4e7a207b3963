// What the widget keeps in the visitor's browser. One key per unsent message, so that two tabs never overwrite each other's.
import type { Outgoing, Rating } from './state.ts';

export interface ConversationKey {
  conversation_id: string;
  token: string;
}

type Mark = 'readSeq' | 'ratingSkipped' | 'open';

const UNSENT = 'unsent.';

export class Memory {
  private readonly fallback = new Map<string, string>();

  constructor(private readonly prefix: string) {}

  get conversation(): ConversationKey | null {
    return this.read<ConversationKey>('conversation');
  }
  set conversation(value: ConversationKey | null) {
    this.write('conversation', value);
  }

  get draft(): string {
    return this.read<string>('draft') ?? '';
  }
  set draft(value: string) {
    this.write('draft', value || null);
  }

  get wish(): string | null {
    return this.read<string>('wish');
  }
  set wish(value: string | null) {
    this.write('wish', value);
  }

  get rating(): Rating | null {
    return this.read<Rating>('rating');
  }
  set rating(value: Rating | null) {
    this.write('rating', value);
  }

  get number(): Record<Mark, number> {
    return { readSeq: 0, ratingSkipped: 0, open: 0, ...this.read<Record<string, number>>('marks') };
  }

  mark(name: Mark, value: number): void {
    this.write('marks', { ...this.number, [name]: value });
  }

  get outbox(): Outgoing[] {
    const found: Outgoing[] = [];
    for (const key of this.keys()) {
      const message = key.startsWith(UNSENT) ? this.read<Outgoing>(key) : null;
      if (message) found.push(message);
    }
    return found.sort((a, b) => a.written - b.written);
  }

  keep({ seq: _, ...message }: Outgoing): void {
    this.write(UNSENT + message.client_id, message);
  }

  drop(clientId: string): void {
    this.write(UNSENT + clientId, null);
  }

  private keys(): string[] {
    let stored: string[] = [];
    try {
      stored = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    } catch {
      // Storage is switched off: what is kept lasts as long as the page.
    }
    return [...new Set([...stored.map((key) => key.slice(this.prefix.length)), ...this.fallback.keys()])];
  }

  private read<T>(key: string): T | null {
    let text: string | null | undefined;
    try {
      text = localStorage.getItem(this.prefix + key);
    } catch {
      text = null;
    }
    text ??= this.fallback.get(key);
    try {
      return text ? (JSON.parse(text) as T) : null;
    } catch {
      return null;
    }
  }

  private write(key: string, value: unknown): void {
    this.fallback.delete(key);
    try {
      if (value === null) localStorage.removeItem(this.prefix + key);
      else localStorage.setItem(this.prefix + key, JSON.stringify(value));
    } catch {
      if (value !== null) this.fallback.set(key, JSON.stringify(value));
    }
  }
}
