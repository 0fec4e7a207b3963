// What the widget knows, and how each thing that happens changes it. Pure: no clock, no socket, no storage.
import type { Link } from '../shared/connection.ts';
import { EMPTY, has, merge, type Transcript } from '../shared/transcript.ts';
import type { LogEvent, Status } from '../shared/wire.ts';

/** A message that is not accepted after this long is shown as unsent. */
const LATE_MS = 8_000;

/** A message the switchboard has not accepted yet. It stays on the screen until it has. */
export interface Outgoing {
  client_id: string;
  text: string;
  payload?: string;
  written: number;
  /** sending: under way or waiting for the network; unsent: took too long, still tried again; refused: the switchboard said no. */
  state: 'sending' | 'unsent' | 'refused';
  reason?: string;
  /** Known once accepted: the bubble stays until the event itself is here. */
  seq?: number;
}

/** A rating on its way. */
export interface Rating {
  client_id: string;
  csat: number;
  comment: string;
}

export interface WidgetState {
  readonly known: boolean;
  readonly transcript: Transcript;
  readonly outbox: readonly Outgoing[];
  readonly status: Status;
  readonly link: Link;
  readonly failures: number;
  readonly loaded: boolean;
  readonly agentTyping: { name: string; until: number } | null;
  readonly readSeq: number;
  /** The client_id of a wish for a person that is not confirmed yet. */
  readonly wish: string | null;
  readonly rating: Rating | null;
  readonly ratingSkipped: number;
}

export const INITIAL: WidgetState = {
  known: false,
  transcript: EMPTY,
  outbox: [],
  status: { owner: 'bot' },
  link: 'idle',
  failures: 0,
  loaded: false,
  agentTyping: null,
  readSeq: 0,
  wish: null,
  rating: null,
  ratingSkipped: 0,
};

export type Action =
  | {
      type: 'restored';
      known: boolean;
      outbox: Outgoing[];
      readSeq: number;
      ratingSkipped: number;
      wish: string | null;
      rating: Rating | null;
    }
  | { type: 'joined' }
  | { type: 'forgotten' }
  | { type: 'link'; link: Link; failures: number }
  | { type: 'wrote'; message: Outgoing }
  | { type: 'resent'; client_id: string; now: number }
  | { type: 'accepted'; client_id: string; seq: number }
  | { type: 'refused'; client_id: string; reason: string }
  | { type: 'tick'; now: number }
  | { type: 'events'; events: LogEvent[] }
  | { type: 'status'; status: Status }
  | { type: 'typing'; name: string; until: number }
  | { type: 'read'; seq: number }
  | { type: 'wished'; client_id: string }
  | { type: 'rated'; rating: Rating }
  | { type: 'rating_skipped'; seq: number };

export function reduce(state: WidgetState, action: Action): WidgetState {
  switch (action.type) {
    case 'restored': {
      const { type: _, ...restored } = action;
      return { ...state, ...restored };
    }
    case 'joined':
      return { ...state, known: true };
    case 'forgotten':
      // The switchboard does not know our token any more. What was written but not accepted is kept for the new conversation.
      return { ...INITIAL, link: state.link, wish: state.wish, outbox: state.outbox.map(unaccepted) };
    case 'link':
      return { ...state, link: action.link, failures: action.failures };
    case 'wrote':
      return { ...state, outbox: [...state.outbox, action.message] };
    case 'resent':
      return change(state, action.client_id, (message) => ({
        ...unaccepted(message),
        written: action.now,
        state: 'sending',
      }));
    case 'accepted':
      return settle(
        change(done(state, action.client_id), action.client_id, (message) => ({
          ...message,
          state: 'sending',
          seq: action.seq,
        })),
      );
    case 'refused':
      return change(done(state, action.client_id), action.client_id, (message) => ({
        ...message,
        state: 'refused',
        reason: action.reason,
      }));
    case 'tick':
      return tick(state, action.now);
    case 'events':
      return withEvents(state, action.events);
    case 'status':
      return { ...state, loaded: true, status: action.status };
    case 'typing':
      return { ...state, agentTyping: { name: action.name, until: action.until } };
    case 'read':
      return action.seq > state.readSeq ? { ...state, readSeq: action.seq } : state;
    case 'wished':
      return { ...state, wish: action.client_id };
    case 'rated':
      return { ...state, rating: action.rating };
    case 'rating_skipped':
      return { ...state, ratingSkipped: action.seq };
  }
}

/** A wish or a rating that was answered is on its way no longer. */
function done(state: WidgetState, id: string): WidgetState {
  return {
    ...state,
    wish: state.wish === id ? null : state.wish,
    rating: state.rating?.client_id === id ? null : state.rating,
  };
}

function unaccepted({ seq: _seq, reason: _reason, ...message }: Outgoing): Outgoing {
  return message;
}

function change(state: WidgetState, id: string, by: (message: Outgoing) => Outgoing): WidgetState {
  return { ...state, outbox: state.outbox.map((message) => (message.client_id === id ? by(message) : message)) };
}

function tick(state: WidgetState, now: number): WidgetState {
  let next = state;
  if (next.agentTyping && next.agentTyping.until < now) next = { ...next, agentTyping: null };
  const isLate = (message: Outgoing) => message.state === 'sending' && !message.seq && message.written < now - LATE_MS;
  if (!next.outbox.some(isLate)) return next;
  return {
    ...next,
    outbox: next.outbox.map((message) => (isLate(message) ? { ...message, state: 'unsent' } : message)),
  };
}

function withEvents(state: WidgetState, events: LogEvent[]): WidgetState {
  let next: WidgetState = { ...state, known: true, transcript: merge(state.transcript, events) };
  for (const event of events) {
    if (event.author.type === 'agent' && event.kind === 'message.sent') next = { ...next, agentTyping: null };
  }
  return settle(next, events);
}

/** Drops from the outbox what has become an event: named by its seq, or by the client_id the event carries. */
function settle(state: WidgetState, events: readonly LogEvent[] = []): WidgetState {
  const mine = new Set(events.map((event) => event.data?.client_id));
  const outbox = state.outbox.filter(
    (message) => !(message.seq && has(state.transcript, message.seq)) && !mine.has(message.client_id),
  );
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

export function unread(state: WidgetState): number {
  return state.transcript.events.filter(
    (event) => event.seq > state.readSeq && event.kind === 'message.sent' && event.author.type !== 'contact',
  ).length;
}

/** The seq of the contact's last message, if the bot still owes it a reply; else 0. */
export function botOwes(state: WidgetState): number {
  if (state.status.owner !== 'bot') return 0;
  const last = [...state.transcript.events].reverse().find((event) => event.kind !== 'rating.given');
  return last?.kind === 'message.sent' && last.author.type === 'contact' ? last.seq : 0;
}

/** The seq of the closing that may be rated now, else 0. */
export function ratable(state: WidgetState): number {
  if (state.status.owner !== 'closed') return 0;
  let closed = 0;
  for (const event of state.transcript.events) {
    if (event.kind === 'conversation.resolved') closed = event.seq;
    if (event.kind === 'rating.given') closed = 0;
  }
  return closed > state.ratingSkipped ? closed : 0;
}
