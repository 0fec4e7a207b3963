// The wire formats between the switchboard and the browsers, as ARCHITECTURE section 7 fixes them.

export type Owner = 'bot' | 'queue' | 'agent' | 'closed';
export type AuthorType = 'contact' | 'bot' | 'agent' | 'system';

export type EventKind =
  | 'conversation.started'
  | 'message.sent'
  | 'note.added'
  | 'handoff.requested'
  | 'conversation.queued'
  | 'conversation.claimed'
  | 'conversation.released'
  | 'conversation.transferred'
  | 'conversation.returned'
  | 'conversation.resolved'
  | 'conversation.reopened'
  | 'rating.given'
  | 'fact.noted'
  | 'delivery.updated'
  | 'turn.refused';

export interface Author {
  type: AuthorType;
  name?: string;
}

export interface Button {
  title: string;
  payload: string;
}

/** One immutable entry of the conversation's log; seq is 1, 2, 3 ... per conversation. */
export interface LogEvent {
  id: string;
  seq: number;
  at: string;
  kind: EventKind;
  author: Author;
  text?: string;
  buttons?: Button[];
  private?: boolean;
  data?: Record<string, unknown>;
}

export interface Status {
  owner: Owner;
  position?: number;
  eta_s?: number;
  agent?: { name: string };
  people_online?: boolean;
  rated?: boolean;
}

export type Frame = Record<string, unknown> & { type: string };

/** The number in a cursor, which is either "17" or "<conversation id>.17". */
export function seqOf(cursor: unknown): number {
  const found = /(?:^|\.)(\d{1,15})$/.exec(String(cursor ?? ''));
  return found ? Number(found[1]) : 0;
}
