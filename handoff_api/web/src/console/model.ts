// What the agent API sends: summaries, briefs, agents.
import type { Author, LogEvent, Owner } from '../shared/wire.ts';

export interface Me {
  id: string;
  name: string;
  email: string;
  role: string;
}

export interface AgentPresence {
  id: string;
  name: string;
  online: boolean;
  viewing?: string | null;
}

export interface Signal {
  name: string;
  value: number;
  message_id?: string;
  text?: string;
}

export interface HandoffRecord {
  state: string | null;
  reason: string;
  note?: string | null;
  requested_at?: string | number;
  signals?: Signal[];
  evidence?: string[];
  faqs_tried?: { id: string; question?: string }[];
}

export interface Summary {
  id: string;
  owner: Owner;
  epoch: number;
  seq: number;
  channel: string;
  contact: { id: string; name?: string; email?: string; page?: string; verified?: boolean; tier?: string };
  handoff: HandoffRecord | null;
  agent: { id: string; name: string } | null;
  queued_at?: string;
  position?: number;
  last_message: { author: Author; text: string; at: string } | null;
  /** The contact's last words, whatever was written to them since. */
  last_said?: string;
  /** What is known: order numbers, addresses. */
  facts?: string[];
  contact_read?: number;
  started_at?: string;
  updated_at: string;
  rating?: { csat: number; comment?: string };
}

export interface Brief {
  reason_text: string;
  evidence: { event_id: string; text: string }[];
  tried: { faq_id: string; question: string; event_id: string | null }[];
  facts: { name: string; value: string; event_id: string | null }[];
  signals: Signal[];
}

export interface Whole {
  conversation: Summary;
  brief: Brief;
  events: LogEvent[];
  total: number;
}

/** A text for a reply: one written often, which may hold {customer} and {agent}, or an answer of the FAQ. */
export interface Suggestion {
  id: string;
  kind: 'reply' | 'faq';
  title: string;
  text: string;
}

/** What an agent does with a conversation; each is one path below it. */
export type Verb = 'claim' | 'release' | 'transfer' | 'return' | 'resolve';

export interface Done {
  result: 'ok' | 'duplicate';
  conversation: Summary;
  event?: LogEvent;
}
