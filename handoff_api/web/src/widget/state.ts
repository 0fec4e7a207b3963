// What the widget knows, and how each thing that happens changes it. Pure: no clock, no socket, no storage.
import type { Link } from '../shared/connection.ts';
import { EMPTY, has, merge, type Transcript } from '../shared/transcript.ts';
import type { LogEvent, Status } from '../shared/wire.ts';

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
  readonly wantsPerson: boolean;
  readonly rating: { csat: number; comment: string } | null;
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
  wantsPerson: false,
  rating: null,
  ratingSkipped: 0,
};

export type Action =
  | { type: 'restored'; known: boolean; outbox: Outgoing[]; readSeq: number; wantsPerson: boolean; ratingSkipped: number }
  | { type: 'joined' }
  | { type: 'forgotten' }
  | { type: 'link'; link: Link; failures: number }
  | { type: 'wrote'; message: Outgoing }
  | { type: 'resent'; client_id: string; now: number }
  | { type: 'accepted'; client_id: string; seq: number }
  | { type: 'refused'; client_id: string; reason: string }
  | { type: 'late'; before: number }
  | { type: 'events'; events: LogEvent[] }
  | { type: 'status'; status: Status }
  | { type: 'typing'; name: string; until: number }
  | { type: 'read'; seq: number }
  | { type: 'wants_person' }
  | { type: 'rated'; csat: number; comment: string }
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
      return { ...INITIAL, link: state.link, wantsPerson: state.wantsPerson, outbox: state.outbox.map(unaccepted) };
    case 'link':
      return { ...state, link: action.link, failures: action.failures };
    case 'wrote':
      return { ...state, outbox: [...state.outbox, action.message] };
    case 'resent':
      return change(state, action.client_id, (message) => ({ ...unaccepted(message), written: action.now, state: 'sending' }));
    case 'accepted':
      return settle(change(state, action.client_id, (message) => ({ ...message, state: 'sending', seq: action.seq })));
    case 'refused':
      return change(state, action.client_id, (message) => ({ ...message, state: 'refused', reason: action.reason }));
    case 'late':
      return late(state, action.before);
    case 'events':
      return withEvents(state, action.events);
    case 'status': {
      const owned = action.status.owner !== 'bot';
      return { ...state, loaded: true, status: action.status, wantsPerson: state.wantsPerson && !owned };
    }
    case 'typing':
      return { ...state, agentTyping: { name: action.name, until: action.until } };
    case 'read':
      return action.seq > state.readSeq ? { ...state, readSeq: action.seq } : state;
    case 'wants_person':
      return { ...state, wantsPerson: true };
    case 'rated':
      return { ...state, rating: { csat: action.csat, comment: action.comment } };
    case 'rating_skipped':
      return { ...state, ratingSkipped: action.seq };
  }
}

function unaccepted({ seq: _seq, reason: _reason, ...message }: Outgoing): Outgoing {
  return message;
}

function change(state: WidgetState, id: string, by: (message: Outgoing) => Outgoing): WidgetState {
  return { ...state, outbox: state.outbox.map((message) => (message.client_id === id ? by(message) : message)) };
}

function late(state: WidgetState, before: number): WidgetState {
  const isLate = (message: Outgoing) => message.state === 'sending' && !message.seq && message.written < before;
  if (!state.outbox.some(isLate)) return state;
  return { ...state, outbox: state.outbox.map((message) => (isLate(message) ? { ...message, state: 'unsent' } : message)) };
}

function withEvents(state: WidgetState, events: LogEvent[]): WidgetState {
  let next: WidgetState = { ...state, known: true, transcript: merge(state.transcript, events) };
  for (const event of events) {
    if (event.kind === 'rating.given') next = { ...next, rating: null };
    if (event.author.type === 'agent' && event.kind === 'message.sent') next = { ...next, agentTyping: null };
    if (event.kind === 'handoff.requested' || event.kind === 'conversation.queued') next = { ...next, wantsPerson: false };
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

/** When the contact's last message was written, if the bot still owes it a reply; else null. */
export function botOwesSince(state: WidgetState): number | null {
  if (state.status.owner !== 'bot') return null;
  for (const event of [...state.transcript.events].reverse()) {
    if (event.kind !== 'message.sent') return null;
    return event.author.type === 'contact' ? Date.parse(event.at) : null;
  }
  return null;
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
