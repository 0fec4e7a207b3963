// Joins the pure state with the socket, the browser's storage and the clock. The view only reads `state` and calls methods.
import { backoff } from '../shared/backoff.ts';
import { Connection, type Link, wakeOnReturn } from '../shared/connection.ts';
import { type Frame, type LogEvent, type Status, seqOf } from '../shared/wire.ts';
import { type ConversationKey, Memory } from './memory.ts';
import { type Action, INITIAL, type Outgoing, reduce, type WidgetState } from './state.ts';
import { Refusal, Switchboard } from './switchboard.ts';

const TYPING_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 6_000;
const POLL_EVERY_MS = 3_000;
/** After a message the reply is asked for sooner. */
const SOON_MS = 400;
/** After so many sockets that never opened, something on the way may not let them through: ask over HTTP as well. */
const FAILURES_BEFORE_POLLING = 3;

/** Errors that pass by themselves: the message is sent again after a while. */
const PASSING = new Set(['too_fast', 'storage_away']);
const RETRY_MS = 2_500;

export interface StoreOptions {
  server: string;
  identity?: unknown;
  locale?: string | undefined;
  words(): { person: string };
  onChange(): void;
}

export class Store {
  state: WidgetState = INITIAL;
  readonly memory: Memory;
  private readonly switchboard: Switchboard;
  private readonly connection: Connection;
  private key: ConversationKey | null = null;
  private starting = false;
  private startFailures = 0;
  private startRetry: ReturnType<typeof setTimeout> | undefined;
  private polling: ReturnType<typeof setInterval> | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;
  private typedAt = 0;
  private stopWaking = () => {};

  constructor(private readonly options: StoreOptions) {
    this.memory = new Memory('baton.');
    this.switchboard = new Switchboard(options.server);
    this.connection = new Connection({
      url: () => this.switchboard.socketUrl(this.key?.token ?? '', this.state.transcript.lastSeq),
      onOpen: () => this.opened(),
      onFrame: (frame) => this.receive(frame),
      onLink: (link, failures) => this.linked(link, failures),
      onRefused: (code) => this.refused(code),
      pingEvery: 25_000,
    });
  }

  start(): void {
    const { readSeq, ratingSkipped } = this.memory.number;
    const { wish, rating } = this.memory;
    this.key = this.memory.conversation;
    const outbox = this.memory.outbox.map(
      (message): Outgoing => ({ ...message, state: message.state === 'refused' ? 'refused' : 'sending' }),
    );
    this.apply({ type: 'restored', known: !!this.key, outbox, readSeq, ratingSkipped, wish, rating });
    this.stopWaking = wakeOnReturn(this.connection);
    window.addEventListener('storage', this.onStorage);
    if (this.key) this.connection.start();
    else if (outbox.length || wish) void this.join();
  }

  stop(): void {
    this.connection.stop();
    this.stopWaking();
    window.removeEventListener('storage', this.onStorage);
    clearTimeout(this.startRetry);
    clearInterval(this.polling);
    clearInterval(this.clock);
    this.polling = this.clock = undefined;
  }

  // What the contact does

  write(text: string, payload?: string): void {
    const message: Outgoing = {
      client_id: uuid(),
      text,
      ...(payload ? { payload } : {}),
      written: Date.now(),
      state: 'sending',
    };
    this.typedAt = 0;
    this.memory.keep(message);
    this.apply({ type: 'wrote', message });
    this.deliver(message);
  }

  resend(clientId: string): void {
    this.apply({ type: 'resent', client_id: clientId, now: Date.now() });
    const message = this.state.outbox.find((one) => one.client_id === clientId);
    if (!message) return;
    this.memory.keep(message);
    this.connection.hurry();
    this.deliver(message);
  }

  askForPerson(): void {
    this.apply({ type: 'wished', client_id: uuid() });
    if (!this.key) void this.join();
    else this.sendWish();
  }

  rate(csat: number, comment: string): void {
    this.apply({ type: 'rated', rating: { client_id: uuid(), csat, comment } });
    this.sendRating();
  }

  skipRating(seq: number): void {
    this.memory.mark('ratingSkipped', seq);
    this.apply({ type: 'rating_skipped', seq });
  }

  typing(): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: 'typing' })) this.typedAt = Date.now();
  }

  /** Everything so far has been in front of the contact's eyes. */
  seen(): void {
    const last = this.state.transcript.lastSeq;
    if (last <= this.state.readSeq) return;
    this.memory.mark('readSeq', last);
    this.apply({ type: 'read', seq: last });
    this.connection.send({ type: 'read', cursor: String(last) });
  }

  // What the switchboard says

  private opened(): void {
    this.deliverAll();
  }

  private receive(frame: Frame): void {
    switch (frame.type) {
      case 'event':
        this.apply({ type: 'events', events: [frame.event as LogEvent] });
        break;
      case 'status': {
        const { type: _, ...status } = frame;
        this.apply({ type: 'status', status: status as unknown as Status });
        break;
      }
      case 'accepted':
        this.accepted(String(frame.client_id), frame.cursor);
        break;
      case 'typing': {
        const author = frame.author as { name?: string } | undefined;
        this.apply({ type: 'typing', name: author?.name ?? '', until: Date.now() + TYPING_SHOWN_MS });
        break;
      }
      case 'error':
        this.failed(String(frame.client_id ?? ''), String(frame.code), String(frame.message ?? frame.code));
        break;
    }
  }

  private refused(code: number): boolean {
    if (code !== 4401) return false;
    this.forget();
    return true;
  }

  private forget(): void {
    this.key = null;
    this.memory.conversation = null;
    this.memory.mark('readSeq', 0);
    this.memory.mark('ratingSkipped', 0);
    this.apply({ type: 'forgotten' });
    if (this.state.outbox.length || this.state.wish) this.joinLater();
  }

  private accepted(clientId: string, cursor: unknown): void {
    this.memory.drop(clientId);
    this.apply({ type: 'accepted', client_id: clientId, seq: seqOf(cursor) });
  }

  private failed(clientId: string, code: string, message: string): void {
    if (code === 'unknown_conversation') {
      this.connection.stop();
      this.forget();
    } else if (PASSING.has(code)) {
      setTimeout(() => this.deliverAll(), RETRY_MS);
    } else if (clientId) {
      this.notTaken(clientId, message);
    }
  }

  private notTaken(clientId: string, reason: string): void {
    this.apply({ type: 'refused', client_id: clientId, reason });
    const message = this.state.outbox.find((one) => one.client_id === clientId);
    if (message) this.memory.keep(message);
  }

  // The way there

  private deliverAll(): void {
    for (const message of this.state.outbox) if (message.state !== 'refused') this.deliver(message);
    this.sendWish();
    this.sendRating();
  }

  private deliver({ client_id, text, payload, seq }: Outgoing): void {
    if (seq) return;
    if (!this.key) void this.join();
    else if (
      !this.connection.send({ type: 'message', client_id, text, ...(payload ? { payload } : {}) }) &&
      this.polling
    ) {
      void this.post({ client_id, text, ...(payload ? { payload } : {}) });
    }
  }

  private sendRating(): void {
    const { rating } = this.state;
    if (rating) this.connection.send({ type: 'rating', ...rating, comment: rating.comment || null });
  }

  private sendWish(): void {
    const { wish } = this.state;
    if (!wish || this.connection.send({ type: 'request_human', client_id: wish })) return;
    if (this.polling) void this.post({ client_id: wish, text: this.options.words().person, payload: 'human' });
  }

  private async join(): Promise<void> {
    if (this.key || this.starting) return;
    this.starting = true;
    clearTimeout(this.startRetry);
    const { identity, locale } = this.options;
    try {
      const about = { page: location.href, ...(identity ? { identity } : {}), ...(locale ? { locale } : {}) };
      this.key = await this.switchboard.start(about);
      this.memory.conversation = this.key;
      this.startFailures = 0;
      this.apply({ type: 'joined' });
      this.connection.start();
    } catch {
      // Unreachable or refusing: what the contact wrote stays on the screen and is tried again.
      this.joinLater();
    } finally {
      this.starting = false;
    }
  }

  private joinLater(): void {
    clearTimeout(this.startRetry);
    this.startRetry = setTimeout(() => void this.join(), backoff(this.startFailures++));
    if (this.startFailures > 1) this.apply({ type: 'link', link: 'waiting', failures: this.startFailures });
  }

  private linked(link: Link, failures: number): void {
    this.apply({ type: 'link', link, failures });
    if (link === 'open' || link === 'idle') {
      clearInterval(this.polling);
      this.polling = undefined;
    } else if (failures >= FAILURES_BEFORE_POLLING && !this.polling) {
      this.polling = setInterval(() => void this.poll(), POLL_EVERY_MS);
      void this.poll();
    }
  }

  private async poll(): Promise<void> {
    if (!this.key) return;
    try {
      const news = await this.switchboard.news(this.key.token, this.state.transcript.lastSeq);
      this.apply({ type: 'events', events: news.events });
      this.apply({ type: 'status', status: news.status });
      this.deliverAll();
    } catch (problem) {
      if (problem instanceof Refusal && problem.status === 401) {
        this.connection.stop();
        this.forget();
      }
    }
  }

  private async post(message: { client_id: string; text: string; payload?: string }): Promise<void> {
    if (!this.key) return;
    try {
      const { cursor, event } = await this.switchboard.send(this.key.token, message);
      this.accepted(message.client_id, cursor);
      if (event) this.apply({ type: 'events', events: [event] });
      setTimeout(() => void this.poll(), SOON_MS);
    } catch (problem) {
      // A 4xx is the switchboard's last word; anything else is tried again with the next poll.
      if (problem instanceof Refusal && problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
        this.notTaken(message.client_id, problem.message);
      }
    }
  }

  private readonly onStorage = (change: StorageEvent): void => {
    // Another tab of this site started the conversation: this one joins it.
    if (change.key !== 'baton.conversation' || this.key || !change.newValue) return;
    this.key = this.memory.conversation;
    this.apply({ type: 'joined' });
    this.connection.start();
  };

  private apply(action: Action): void {
    const before = this.state;
    this.state = reduce(before, action);
    if (before.wish !== this.state.wish) this.memory.wish = this.state.wish;
    if (before.rating !== this.state.rating) this.memory.rating = this.state.rating;
    for (const message of before.outbox) {
      if (!this.state.outbox.some((one) => one.client_id === message.client_id)) this.memory.drop(message.client_id);
    }
    this.watchClock();
    if (this.state !== before) this.options.onChange();
  }

  /** Ticks only while something on the screen depends on the time. */
  private watchClock(): void {
    const { outbox, agentTyping } = this.state;
    const needed = outbox.some((message) => message.state === 'sending' && !message.seq) || agentTyping;
    if (needed && !this.clock) {
      this.clock = setInterval(() => {
        this.apply({ type: 'tick', now: Date.now() });
      }, 1_000);
    } else if (!needed && this.clock) {
      clearInterval(this.clock);
      this.clock = undefined;
    }
  }
}

function uuid(): string {
  // Pages without https have no crypto.randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
