// What the console knows, and how each thing that happens changes it. Pure.
import type { Link } from '../shared/connection.ts';
import { completeUpTo, EMPTY, merge, type Transcript } from '../shared/transcript.ts';
import type { LogEvent } from '../shared/wire.ts';
import type { AgentPresence, Brief, Me, Summary, Whole } from './model.ts';
import { contactName } from './words.ts';

export type ListName = 'queue' | 'mine' | 'open' | 'bot' | 'closed';
export const LISTS: readonly ListName[] = ['queue', 'mine', 'open', 'bot', 'closed'];
export type Mode = 'reply' | 'note';

/** A reply or note the switchboard has not confirmed yet. */
export interface Pending {
  command_id: string;
  conversation_id: string;
  mode: Mode;
  text: string;
  written: number;
  state: 'sending' | 'unsent' | 'refused';
  reason?: string;
}

export interface Notice {
  id: number;
  tone: 'info' | 'problem';
  text: string;
}

export interface OpenConversation {
  id: string;
  loaded: boolean;
  problem: string;
  transcript: Transcript;
  brief: Brief | null;
  typingUntil: number;
}

export interface ConsoleState {
  readonly phase: 'loading' | 'signed_out' | 'signed_in';
  readonly me: Me | null;
  readonly link: Link;
  readonly failures: number;
  readonly bot: 'up' | 'down' | null;
  readonly agents: readonly AgentPresence[];
  readonly conversations: ReadonlyMap<string, Summary>;
  /** How many wait for a person; of very many only the first are among the conversations. */
  readonly waiting: number;
  readonly fresh: boolean;
  readonly list: ListName;
  readonly filter: string;
  readonly open: OpenConversation | null;
  readonly pending: readonly Pending[];
  readonly notices: readonly Notice[];
}

/** So many of those who wait the switchboard lists. */
const QUEUE_SHOWN = 1000;

export const INITIAL: ConsoleState = {
  phase: 'loading',
  me: null,
  link: 'idle',
  failures: 0,
  bot: null,
  agents: [],
  conversations: new Map(),
  waiting: 0,
  fresh: false,
  list: 'queue',
  filter: '',
  open: null,
  pending: [],
  notices: [],
};

export type Action =
  | { type: 'signed_in'; me: Me }
  | { type: 'signed_out' }
  | { type: 'link'; link: Link; failures: number }
  | { type: 'bot'; state: 'up' | 'down' }
  | { type: 'snapshot'; conversations: Summary[]; agents: AgentPresence[]; waiting: number }
  | { type: 'queue'; waiting: number }
  | { type: 'summaries'; conversations: Summary[] }
  | { type: 'presence'; agents: AgentPresence[] }
  | { type: 'list'; list: ListName }
  | { type: 'filter'; filter: string }
  | { type: 'opened'; id: string }
  | { type: 'left' }
  | { type: 'whole'; whole: Whole }
  | { type: 'not_loaded'; id: string; problem: string }
  | { type: 'event'; conversation_id: string; event: LogEvent }
  | { type: 'typing'; conversation_id: string; until: number }
  | { type: 'read'; conversation_id: string; seq: number }
  | { type: 'restored'; pending: Pending[] }
  | { type: 'wrote'; pending: Pending }
  | { type: 'sent'; command_id: string }
  | { type: 'not_sent'; command_id: string; state: 'unsent' | 'refused' | 'sending'; reason?: string }
  | { type: 'notice'; notice: Notice }
  | { type: 'notice_gone'; id: number };

export function reduce(state: ConsoleState, action: Action): ConsoleState {
  switch (action.type) {
    case 'signed_in':
      return { ...state, phase: 'signed_in', me: action.me };
    case 'signed_out':
      return { ...INITIAL, phase: 'signed_out', list: state.list };
    case 'link':
      return { ...state, link: action.link, failures: action.failures };
    case 'bot':
      return { ...state, bot: action.state };
    case 'snapshot':
      return withSnapshot({ ...state, waiting: action.waiting }, action.conversations, action.agents);
    case 'queue':
      return { ...state, waiting: action.waiting };
    case 'summaries':
      return withSummaries(state, action.conversations);
    case 'presence':
      return { ...state, agents: action.agents };
    case 'list':
      // Words that were searched in one list would only hide what is in the next.
      return { ...state, list: action.list, filter: action.list === state.list ? state.filter : '' };
    case 'filter':
      return { ...state, filter: action.filter };
    case 'opened':
      return state.open?.id === action.id
        ? state
        : {
            ...state,
            open: { id: action.id, loaded: false, problem: '', transcript: EMPTY, brief: null, typingUntil: 0 },
          };
    case 'left':
      return { ...state, open: null };
    case 'whole':
      return withWhole(state, action.whole);
    case 'not_loaded':
      return inOpen(state, action.id, (open) => ({ ...open, problem: open.loaded ? '' : action.problem }));
    case 'event':
      return withEvent(state, action.conversation_id, action.event);
    case 'typing':
      return inOpen(state, action.conversation_id, (open) => ({ ...open, typingUntil: action.until }));
    case 'read': {
      const known = state.conversations.get(action.conversation_id);
      if (!known || (known.contact_read ?? 0) >= action.seq) return state;
      return withMap(state, [{ ...known, contact_read: action.seq }]);
    }
    case 'restored':
      return { ...state, pending: action.pending };
    case 'wrote':
      return { ...state, pending: [...state.pending, action.pending] };
    case 'sent':
      return { ...state, pending: state.pending.filter((one) => one.command_id !== action.command_id) };
    case 'not_sent':
      return {
        ...state,
        pending: state.pending.map((one) =>
          one.command_id === action.command_id
            ? { ...one, state: action.state, ...(action.reason ? { reason: action.reason } : {}) }
            : one,
        ),
      };
    case 'notice':
      return { ...state, notices: [...state.notices, action.notice].slice(-4) };
    case 'notice_gone':
      return { ...state, notices: state.notices.filter((notice) => notice.id !== action.id) };
  }
}

/** A snapshot is the truth: what it does not name is gone or long closed. Only the conversation on the screen stays. */
function withSnapshot(state: ConsoleState, conversations: Summary[], agents: AgentPresence[]): ConsoleState {
  const kept = [...state.conversations.values()].filter((one) => one.id === state.open?.id);
  return withMap(
    { ...state, conversations: new Map(kept.map((one) => [one.id, one])), agents, fresh: true },
    conversations,
  );
}

function withSummaries(state: ConsoleState, conversations: Summary[]): ConsoleState {
  return withMap(
    state,
    conversations.filter((one) => !isOlder(one, state.conversations.get(one.id))),
  );
}

function withMap(state: ConsoleState, conversations: Summary[]): ConsoleState {
  if (!conversations.length) return state;
  const next = new Map(state.conversations);
  for (const one of conversations) next.set(one.id, one);
  return { ...state, conversations: next };
}

/** Answers to HTTP calls and socket frames overtake each other: an older summary never replaces a newer one. */
function isOlder(one: Summary, known: Summary | undefined): boolean {
  if (!known) return false;
  if (one.seq !== known.seq) return one.seq < known.seq;
  return one.epoch < known.epoch || (one.contact_read ?? 0) < (known.contact_read ?? 0);
}

function withWhole(state: ConsoleState, whole: Whole): ConsoleState {
  const next = withSummaries(state, [whole.conversation]);
  return inOpen(next, whole.conversation.id, (open) => ({
    ...open,
    loaded: true,
    problem: '',
    brief: whole.brief,
    transcript: merge(open.transcript, whole.events),
  }));
}

function withEvent(state: ConsoleState, id: string, event: LogEvent): ConsoleState {
  const next = inOpen(state, id, (open) => ({
    ...open,
    transcript: merge(open.transcript, [event]),
    typingUntil: event.author.type === 'contact' ? 0 : open.typingUntil,
  }));
  const confirmed = event.data?.client_id;
  if (!confirmed || !next.pending.some((one) => one.command_id === confirmed)) return next;
  return { ...next, pending: next.pending.filter((one) => one.command_id !== confirmed) };
}

function inOpen(state: ConsoleState, id: string, by: (open: OpenConversation) => OpenConversation): ConsoleState {
  return state.open?.id === id ? { ...state, open: by(state.open) } : state;
}

// What the views ask

export function inList(list: ListName, one: Summary, me: Me | null): boolean {
  switch (list) {
    case 'queue':
      return one.owner === 'queue';
    case 'mine':
      return one.owner === 'agent' && one.agent?.id === me?.id;
    case 'open':
      return one.owner === 'queue' || one.owner === 'agent';
    case 'bot':
    case 'closed':
      return one.owner === list;
  }
}

export function listed(state: ConsoleState): Summary[] {
  const words = state.filter.trim().toLowerCase();
  const found = [...state.conversations.values()].filter(
    (one) => inList(state.list, one, state.me) && (!words || searchable(one).includes(words)),
  );
  const recent = (one: Summary) => one.last_message?.at ?? one.updated_at;
  if (state.list === 'queue') {
    return found.sort(
      (a, b) => (a.position ?? 1e9) - (b.position ?? 1e9) || (a.queued_at ?? '').localeCompare(b.queued_at ?? ''),
    );
  }
  return found.sort((a, b) => recent(b).localeCompare(recent(a)));
}

function searchable(one: Summary): string {
  const { id, contact, last_message, last_said, agent, handoff, facts = [] } = one;
  const texts = [id, contact.name, contact.email, contactName(one), last_message?.text, last_said, agent?.name];
  return [...texts, handoff?.note, ...facts].join(' ').toLowerCase();
}

/** A person has it, and the last word to the contact was not a person's. */
export function waitsForReply({ owner, last_message }: Summary): boolean {
  return owner === 'agent' && last_message !== null && last_message.author.type !== 'agent';
}

/** How many of my conversations wait for my reply. */
export function waitingForMe(state: ConsoleState): number {
  return [...state.conversations.values()].filter((one) => inList('mine', one, state.me) && waitsForReply(one)).length;
}

export function counts(state: ConsoleState): Record<ListName, number> {
  const result: Record<ListName, number> = { queue: 0, mine: 0, open: 0, bot: 0, closed: 0 };
  for (const one of state.conversations.values())
    for (const list of LISTS) if (inList(list, one, state.me)) result[list] += 1;
  const further = beyondTheList(state, result.queue);
  return { ...result, queue: result.queue + further, open: result.open + further };
}

/** How many wait behind those that are listed. The number and the list come in different frames: few are all listed. */
export function beyondTheList(state: ConsoleState, queued: number): number {
  return queued < QUEUE_SHOWN ? 0 : Math.max(0, state.waiting - queued);
}

/** How much of the open conversation is here: held without a gap, and how long it is. */
export function completeness(state: ConsoleState): { held: number; total: number } {
  if (!state.open) return { held: 0, total: 0 };
  const held = completeUpTo(state.open.transcript);
  return {
    held,
    total: Math.max(held, state.open.transcript.lastSeq, state.conversations.get(state.open.id)?.seq ?? 0),
  };
}

/** Conversations that entered the queue, or where a contact wrote to me, between two states. */
export function newsFor(
  me: Me | null,
  before: ConsoleState,
  after: ConsoleState,
): { queued: Summary[]; written: Summary[] } {
  const queued: Summary[] = [];
  const written: Summary[] = [];
  if (!before.fresh || before.conversations === after.conversations) return { queued, written };
  for (const now of after.conversations.values()) {
    const was = before.conversations.get(now.id);
    if (was === now) continue;
    if (now.owner === 'queue' && was?.owner !== 'queue') queued.push(now);
    const mine = now.owner === 'agent' && now.agent?.id === me?.id;
    if (mine && now.last_message?.author.type === 'contact' && was && now.last_message.at !== was.last_message?.at)
      written.push(now);
  }
  return { queued, written };
}
