// Joins the pure state with the socket, the API, the address bar and the browser's storage.
import { backoff } from '../shared/backoff.ts';
import { Connection, wakeOnReturn } from '../shared/connection.ts';
import { type Frame, type LogEvent, seqOf } from '../shared/wire.ts';
import { chime, notify, showCount } from './alerts.ts';
import { api, Refusal } from './api.ts';
import { memory } from './memory.ts';
import type { AgentPresence, Me, Summary, Verb } from './model.ts';
import { Outbox } from './outbox.ts';
import {
  type Action,
  type ConsoleState,
  completeness,
  counts,
  INITIAL,
  LISTS,
  type ListName,
  listed,
  type Mode,
  newsFor,
  type Pending,
  reduce,
  waitingForMe,
} from './state.ts';
import { contactName, reasonWord } from './words.ts';

const TYPING_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 6_000;
const NOTICE_MS = 7_000;
/** What changes the brief: it is read again after one of these. */
const BRIEF_KINDS = new Set(['handoff.requested', 'fact.noted', 'conversation.returned']);
const changesBrief = (event: LogEvent): boolean =>
  BRIEF_KINDS.has(event.kind) || (event.kind === 'message.sent' && event.author.type === 'contact');

export class Store extends EventTarget {
  state: ConsoleState = INITIAL;
  private typedAt = 0;
  private readSeq = new Map<string, number>();
  private readonly outbox = new Outbox({
    pending: () => this.state.pending,
    apply: (action) => this.apply(action),
    took: (done) => this.took(done.conversation, done.event),
    lost: (conversation) => this.took(conversation),
  });
  private noticeId = 0;
  private filling: ReturnType<typeof setTimeout> | undefined;
  private readonly connection = new Connection({
    url: () => `${location.origin.replace(/^http/, 'ws')}/api/agent/ws`,
    onOpen: () => this.connected(),
    onFrame: (frame) => this.receive(frame),
    onLink: (link, failures) => this.apply({ type: 'link', link, failures }),
    onRefused: (code) => this.refused(code),
    pingEvery: 20_000,
  });

  async start(): Promise<void> {
    wakeOnReturn(this.connection);
    new Worker('/assets/heartbeat.js').onmessage = () => this.connection.hurry();
    addEventListener('hashchange', () => this.followAddress());
    document.addEventListener('visibilitychange', () => this.sayRead());
    for (let attempt = 0; this.state.phase === 'loading'; attempt += 1) {
      try {
        this.enter((await api.me()).agent);
      } catch (problem) {
        if (problem instanceof Refusal && problem.status < 500) this.apply({ type: 'signed_out' });
        else {
          this.apply({ type: 'link', link: 'waiting', failures: attempt + 1 });
          await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
        }
      }
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.enter((await api.login(email, password)).agent);
  }

  async signOut(): Promise<void> {
    this.connection.stop();
    await api.logout().catch(() => undefined);
    memory.forget();
    location.hash = '';
    this.apply({ type: 'signed_out' });
  }

  private enter(me: Me): void {
    this.apply({ type: 'signed_in', me });
    // A page that was reloaded knows its unconfirmed replies by their command ids: sending them again doubles nothing.
    this.apply({ type: 'restored', pending: memory.pending(me.id) });
    this.followAddress();
    this.connection.start();
  }

  // The address bar names the list and the conversation, so a reload or a link leads back to them.

  private followAddress(): void {
    const [, list, id] = location.hash.split('/');
    const wanted = LISTS.find((one) => one === list) ?? 'queue';
    if (wanted !== this.state.list || !this.state.fresh) this.apply({ type: 'list', list: wanted });
    void this.fetchList(wanted);
    if (id) void this.load(decodeURIComponent(id));
    else if (this.state.open) this.leave();
  }

  show(list: ListName, id?: string): void {
    location.hash = id ? `/${list}/${encodeURIComponent(id)}` : `/${list}`;
  }

  /** The next or previous conversation of the list. */
  step(by: 1 | -1): void {
    const all = listed(this.state);
    const here = all.findIndex((one) => one.id === this.state.open?.id);
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))];
    if (next) this.show(this.state.list, next.id);
  }

  filter(text: string): void {
    this.apply({ type: 'filter', filter: text });
  }

  private async fetchList(list: ListName): Promise<void> {
    if (list === 'queue' || list === 'mine') return;
    try {
      const states = list === 'open' ? ['queue', 'assigned'] : [list];
      for (const state of states)
        this.apply({ type: 'summaries', conversations: (await api.list(state, 200)).conversations });
    } catch (problem) {
      this.explain(problem, 'The list could not be loaded');
    }
  }

  private async load(id: string): Promise<void> {
    const before = this.state.open;
    if (before && before.id !== id) this.connection.send({ type: 'unwatch', conversation_id: before.id });
    this.apply({ type: 'opened', id });
    if (before?.id !== id) this.watch();
    try {
      this.apply({ type: 'whole', whole: await api.whole(id) });
      this.sayRead();
    } catch (problem) {
      if (problem instanceof Refusal && problem.status === 401) this.apply({ type: 'signed_out' });
      else
        this.apply({
          type: 'not_loaded',
          id,
          problem: problem instanceof Refusal ? problem.message : 'The server cannot be reached',
        });
    }
  }

  private leave(): void {
    if (this.state.open) this.connection.send({ type: 'unwatch', conversation_id: this.state.open.id });
    this.apply({ type: 'left' });
  }

  private watch(): void {
    const { open } = this.state;
    if (open) this.connection.send({ type: 'watch', conversation_id: open.id, after: completeness(this.state).held });
  }

  // What the switchboard says

  private connected(): void {
    this.watch();
    if (this.state.open) void this.load(this.state.open.id);
    this.outbox.sendAll();
  }

  private receive(frame: Frame): void {
    switch (frame.type) {
      case 'snapshot':
        this.apply({
          type: 'snapshot',
          conversations: frame.conversations as Summary[],
          agents: (frame.agents as AgentPresence[]) ?? [],
          waiting: Number(frame.waiting ?? 0),
        });
        void this.fetchList(this.state.list);
        break;
      case 'queue':
        this.apply({ type: 'queue', waiting: Number(frame.waiting) });
        break;
      case 'conversation':
        this.apply({ type: 'summaries', conversations: [frame.conversation as Summary] });
        break;
      case 'event':
        this.heard(String(frame.conversation_id), frame.event as LogEvent);
        break;
      case 'typing':
        if ((frame.author as { type?: string })?.type === 'contact') {
          this.apply({
            type: 'typing',
            conversation_id: String(frame.conversation_id),
            until: Date.now() + TYPING_SHOWN_MS,
          });
          setTimeout(() => this.dispatchEvent(new Event('change')), TYPING_SHOWN_MS + 50);
        }
        break;
      case 'read':
        this.apply({ type: 'read', conversation_id: String(frame.conversation_id), seq: seqOf(frame.cursor) });
        break;
      case 'presence':
        this.apply({ type: 'presence', agents: frame.agents as AgentPresence[] });
        break;
      case 'bot':
        this.apply({ type: 'bot', state: frame.state === 'up' ? 'up' : 'down' });
        break;
      case 'error':
        this.tell('problem', String(frame.message ?? frame.code));
        break;
    }
  }

  private heard(id: string, event: LogEvent): void {
    this.apply({ type: 'event', conversation_id: id, event });
    if (this.state.open?.id !== id) return;
    this.sayRead();
    if (this.state.open.loaded && changesBrief(event)) void this.load(id);
    // Something was missed: ask for what comes after the last event without a gap.
    clearTimeout(this.filling);
    this.filling = setTimeout(() => {
      const { held, total } = completeness(this.state);
      if (held < total) this.watch();
    }, 1_000);
  }

  private refused(code: number): boolean {
    if (code !== 4401) return false;
    this.apply({ type: 'signed_out' });
    return true;
  }

  // What the agent does

  typing(): void {
    const { open } = this.state;
    if (!open || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: 'typing', conversation_id: open.id })) this.typedAt = Date.now();
  }

  private sayRead(): void {
    const { open } = this.state;
    const last = open?.transcript.lastSeq ?? 0;
    if (!open || document.hidden || last <= (this.readSeq.get(open.id) ?? 0)) return;
    if (this.connection.send({ type: 'read', conversation_id: open.id, cursor: String(last) }))
      this.readSeq.set(open.id, last);
  }

  async act(verb: Verb, more: { agent_id?: string; note?: string } = {}): Promise<void> {
    const summary = this.state.open && this.state.conversations.get(this.state.open.id);
    if (!summary) return;
    try {
      // A claim names no epoch: it is wanted whatever happened before, as long as nobody holds the conversation.
      const epoch = verb === 'claim' ? {} : { epoch: summary.epoch };
      const done = await api.act(summary.id, verb, { command_id: crypto.randomUUID(), ...epoch, ...more });
      this.took(done.conversation, done.event);
      if (verb === 'claim') this.show('mine', summary.id);
    } catch (problem) {
      if (problem instanceof Refusal && problem.conversation) this.took(problem.conversation);
      this.explain(problem, 'The server cannot be reached: nothing was changed. Please try again');
    }
  }

  write(mode: Mode, text: string): void {
    const { open } = this.state;
    if (!open) return;
    const pending: Pending = {
      command_id: crypto.randomUUID(),
      conversation_id: open.id,
      mode,
      text,
      written: Date.now(),
      state: 'sending',
    };
    this.typedAt = 0;
    this.apply({ type: 'wrote', pending });
    void this.outbox.send(open.id);
  }

  retry(commandId: string): void {
    const pending = this.state.pending.find((one) => one.command_id === commandId);
    if (!pending) return;
    this.apply({ type: 'not_sent', command_id: commandId, state: 'sending' });
    void this.outbox.send(pending.conversation_id);
  }

  discard(commandId: string): void {
    this.apply({ type: 'sent', command_id: commandId });
  }

  private took(conversation: Summary, event?: LogEvent): void {
    this.apply({ type: 'summaries', conversations: [conversation] });
    if (event) this.apply({ type: 'event', conversation_id: conversation.id, event });
  }

  private explain(problem: unknown, otherwise: string): void {
    if (problem instanceof Refusal && problem.status === 401) this.apply({ type: 'signed_out' });
    else this.tell('problem', problem instanceof Refusal ? problem.message : otherwise);
  }

  tell(tone: 'info' | 'problem', text: string): void {
    const id = ++this.noticeId;
    this.apply({ type: 'notice', notice: { id, tone, text } });
    setTimeout(() => this.dismiss(id), NOTICE_MS);
  }

  dismiss(id: number): void {
    this.apply({ type: 'notice_gone', id });
  }

  private apply(action: Action): void {
    const before = this.state;
    this.state = reduce(before, action);
    if (this.state === before) return;
    if (before.pending !== this.state.pending && action.type !== 'restored' && this.state.phase === 'signed_in')
      memory.keepPending(this.state.me?.id ?? '', this.state.pending);
    this.alert(before);
    this.dispatchEvent(new Event('change'));
  }

  private alert(before: ConsoleState): void {
    if (before.conversations !== this.state.conversations || before.phase !== this.state.phase)
      showCount(counts(this.state).queue + waitingForMe(this.state));
    const { queued, written } = newsFor(this.state.me, before, this.state);
    for (const one of queued) {
      notify(
        `${contactName(one)} is waiting`,
        [one.handoff ? reasonWord(one.handoff.reason) : '', one.last_said ?? ''].filter(Boolean).join(': '),
        one.id,
        () => this.show('queue', one.id),
      );
    }
    for (const one of written)
      notify(contactName(one), one.last_message?.text.slice(0, 200) ?? '', one.id, () => this.show('mine', one.id));
    const unseen = written.some((one) => one.id !== this.state.open?.id) || document.hidden;
    if ((queued.length || (written.length && unseen)) && memory.preferences().sound) chime();
  }
}
