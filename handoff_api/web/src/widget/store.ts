// Joins the pure state with the socket, the browser's storage and the clock. The view only reads `state` and calls methods.
import { Insisting } from '../shared/backoff.ts';
import { Connection, type Link, wakeOnReturn } from '../shared/connection.ts';
import { type Frame, type LogEvent, type Status, seqOf } from '../shared/wire.ts';
import { newClientId } from './client_id.ts';
import { type ConversationKey, Memory } from './memory.ts';
import { Polling } from './polling.ts';
import { type Action, INITIAL, type Outgoing, reduce, type WidgetState } from './state.ts';
import { Refusal, Switchboard } from './switchboard.ts';

const LOCALE = /^[A-Za-z0-9-]{1,35}$/;
const TYPING_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 6_000;
/** After a message sent over HTTP the reply is asked for this soon. */
const REPLY_MS = 400;
/** After so many sockets that never opened, something on the way may not let them through: ask over HTTP as well. */
const FAILURES_BEFORE_POLLING = 3;

/** Errors that pass by themselves: the message is sent again after a while. */
const PASSING = new Set(['too_fast', 'storage_away', 'storage_full']);
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
  private readonly joining = new Insisting(
    () => this.join(),
    (failures) => this.apply({ type: 'link', link: 'waiting', failures }),
  );
  private readonly polling = new Polling(() => this.round());
  private retry: ReturnType<typeof setTimeout> | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;
  private typedAt = 0;
  private stopWaking = () => {};

  constructor(private readonly options: StoreOptions) {
    this.memory = new Memory('baton.');
    this.switchboard = new Switchboard(options.server);
    this.connection = new Connection({
      url: () => this.switchboard.socketUrl(this.key?.token ?? '', this.state.transcript.lastSeq),
      onOpen: () => this.deliverAll(),
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
    else if (outbox.length || wish) void this.joining.now();
  }

  stop(): void {
    this.connection.stop();
    this.stopWaking();
    window.removeEventListener('storage', this.onStorage);
    this.joining.stop();
    this.polling.stop();
    clearTimeout(this.retry);
    clearInterval(this.clock);
    this.clock = undefined;
  }

  // What the contact does

  write(text: string, payload?: string): void {
    const message: Outgoing = {
      client_id: newClientId(),
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
    this.apply({ type: 'wished', client_id: newClientId() });
    if (!this.key) void this.joining.now();
    else this.sendWish();
  }

  rate(csat: number, comment: string): void {
    this.apply({ type: 'rated', rating: { client_id: newClientId(), csat, comment } });
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
    if (this.state.outbox.length || this.state.wish) this.joining.later();
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
      // One timer for all of them: each trying for itself would make too many messages more.
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.deliverAll(), RETRY_MS);
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

  private deliver(message: Outgoing): void {
    if (message.seq) return;
    if (!this.key) void this.joining.now();
    else if (!this.connection.send({ type: 'message', ...wire(message) })) this.polling.soon(0);
  }

  private sendRating(): void {
    const { rating } = this.state;
    if (rating) this.connection.send({ type: 'rating', ...rating, comment: rating.comment || null });
  }

  private sendWish(): void {
    const { wish } = this.state;
    if (wish && !this.connection.send({ type: 'request_human', client_id: wish })) this.polling.soon(0);
  }

  private async join(): Promise<void> {
    if (this.key) return;
    const { identity, locale } = this.options;
    // Without the query: it may hold what is not meant for us.
    const page = (location.origin + location.pathname).slice(0, 2000);
    const about = { page, ...(identity ? { identity } : {}), ...(locale && LOCALE.test(locale) ? { locale } : {}) };
    try {
      this.key = await this.switchboard.start(about);
    } catch (problem) {
      // A wrong signature must not keep a visitor from help: the next try goes without it.
      if (problem instanceof Refusal && problem.code === 'identity_invalid') this.options.identity = undefined;
      throw problem;
    }
    this.memory.conversation = this.key;
    this.apply({ type: 'joined' });
    this.connection.start();
  }

  private linked(link: Link, failures: number): void {
    this.apply({ type: 'link', link, failures });
    if (link === 'open' || link === 'idle') this.polling.stop();
    else if (failures >= FAILURES_BEFORE_POLLING) this.polling.start();
  }

  /** One round without a socket: send what waits, in order, then ask for news. */
  private async round(): Promise<void> {
    const token = this.key?.token;
    if (!token) return;
    try {
      const { outbox, wish } = this.state;
      const waiting = outbox.filter((message) => message.state !== 'refused' && !message.seq).map(wire);
      if (wish) waiting.push({ client_id: wish, text: this.options.words().person, payload: 'human' });
      for (const message of waiting) await this.post(token, message);
      const news = await this.switchboard.news(token, this.state.transcript.lastSeq);
      this.apply({ type: 'events', events: news.events });
      this.apply({ type: 'status', status: news.status });
      if (waiting.length) this.polling.soon(REPLY_MS);
    } catch (problem) {
      // Everything else is tried again in the next round.
      if (!(problem instanceof Refusal) || problem.status !== 401) return;
      this.connection.stop();
      this.forget();
    }
  }

  private async post(token: string, message: Wire): Promise<void> {
    try {
      this.accepted(message.client_id, (await this.switchboard.send(token, message)).cursor);
    } catch (problem) {
      if (!(problem instanceof Refusal) || problem.status !== 422) throw problem;
      this.notTaken(message.client_id, problem.message);
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
    // Silence may be a dead socket: a ping tells sooner than the next one that is due.
    if (action.type === 'tick' && before.outbox !== this.state.outbox) this.connection.hurry();
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

interface Wire {
  client_id: string;
  text: string;
  payload?: string;
}

function wire({ client_id, text, payload }: Outgoing): Wire {
  return { client_id, text, ...(payload ? { payload } : {}) };
}
