// Plain words for the codes on the wire.
import type { LogEvent } from '../shared/wire.ts';
import type { Summary } from './model.ts';
import type { Delivery } from './provider.ts';

const REASONS: Record<string, string> = {
  asked_for_human: 'Asked for a person',
  frustrated: 'Frustrated',
  too_complex: 'Too complex',
  no_answer: 'No answer helped',
  sensitive_topic: 'Sensitive topic',
  bot_unavailable: 'Assistant was away',
  requested_by_rule: 'Rule',
};

const SIGNALS: Record<string, string> = {
  wish_for_person: 'Wants a person',
  frustration: 'Frustration',
  strong_words: 'Strong words',
  said_before: 'Said it before',
  not_helped: 'Said it did not help',
  resignation: 'Gives up',
  sarcasm: 'Sarcasm',
  exception_asked: 'Asks for an exception',
  several_problems: 'Several problems at once',
  long_narrative: 'A long story',
  figures: 'Amounts and dates',
  satisfied: 'Satisfied',
  sensitive_safety: 'Safety',
  sensitive_bereavement: 'Bereavement',
  sensitive_legal: 'Legal matter',
  sensitive_fraud: 'Fraud',
  sensitive_accessibility: 'Accessibility',
  sensitive_privacy: 'Personal data',
  like_asked_for_human: 'Like others who asked for a person',
  like_frustrated: 'Like others who were frustrated',
  like_no_answer: 'Like others without an answer',
  like_sensitive_topic: 'Like others with a sensitive topic',
  like_too_complex: 'Like others too complex to answer',
  length: 'Length',
  unanswered: 'No answer fits',
  marked_entry: 'Always for a person',
  frustration_before: 'Frustration earlier',
  frustration_trend: 'Tone rising',
  repetition: 'Repeats the request',
  repeats: 'Times asked before',
  bot_repetition: 'Assistant repeated itself',
  failed_answers: 'Answers in a row that failed',
  failures_before: 'Answers that failed',
  last_failed: 'The last reply failed',
  one_before_failed: 'The reply before it failed',
  same_matter: 'Near the message before',
  same_matter_before: 'The two before are near each other',
  same_matter_long: 'Near the message before that',
  shared_words: 'Same words as before',
  shared_words_long: 'Same words as the one before that',
  reply_beside: 'The last reply was beside the question',
  one_before_beside: 'The reply before it was beside it, too',
  offered: 'A person was offered',
  offer_words: 'Takes up words of the offer',
  form_failures: 'Details not understood',
  replies: 'Replies so far',
  value_mark: 'Valued customer',
};

/** Signals that count: what fills their bar. All others run from 0 to 1. */
const COUNTS: Record<string, number> = {
  figures: 3,
  repeats: 2,
  bot_repetition: 2,
  failed_answers: 3,
  failures_before: 4,
  form_failures: 3,
  replies: 2,
};

const FACTS: Record<string, string> = {
  amount: 'Amount',
  date: 'Date',
  email: 'E-mail',
  name: 'Name',
  order_number: 'Order number',
  person: 'Person named',
  phone: 'Phone',
  postcode: 'Postcode',
  product: 'Product',
  wish: 'Wants',
};

export function reasonWord(reason: string): string {
  return REASONS[reason] ?? plain(reason);
}

export function signalWord(name: string): string {
  return SIGNALS[name] ?? plain(name);
}

/** How far its bar is filled, 0 to 1, and the figure beside it. */
export function signalMeasure(name: string, value: number): { share: number; figure: string } {
  const full = COUNTS[name];
  const share = Math.max(0, Math.min(1, value / (full ?? 1)));
  return { share, figure: full ? String(Math.round(value * 10) / 10) : `${Math.round(share * 100)} %` };
}

export function factWord(name: string): string {
  return FACTS[name] ?? plain(name);
}

export function channelWord(channel: string): string {
  return channel === 'widget' ? 'Website' : plain(channel);
}

function plain(code: string): string {
  const words = code.replace(/[_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function contactName(conversation: Summary): string {
  const { name, email, id } = conversation.contact;
  return name || email || `Visitor ${id.replace(/^v-/, '').slice(0, 4)}`;
}

/** A reply written often, with the names put in; a customer without one is not addressed by name. */
export function fillReply(text: string, customer: string | undefined, agent: string): string {
  return text
    .replace(/( ?)\{customer\}/g, (_, space: string) => (customer ? space + customer : ''))
    .replaceAll('{agent}', () => agent);
}

/** The line that stands in the transcript for an event that is not a message. */
export function eventLine(event: LogEvent): string {
  const data = (event.data ?? {}) as Record<string, string & { name?: string }>;
  const who =
    event.author.name ??
    (event.author.type === 'contact' ? 'The customer' : event.author.type === 'bot' ? 'The assistant' : 'Baton');
  switch (event.kind) {
    case 'conversation.started':
      return data.page ? `Conversation started on ${data.page}` : 'Conversation started';
    case 'handoff.requested':
      return `${who} asked for a person${data.reason ? `: ${reasonWord(data.reason).toLowerCase()}` : ''}`;
    case 'conversation.queued':
      return data.agent?.name ? `Back in the queue: ${data.agent.name} was not there any more` : 'Back in the queue';
    case 'conversation.claimed':
      return `${who} took over`;
    case 'conversation.released':
      return `${who} gave it back to the queue`;
    case 'conversation.transferred':
      return `${who} passed it to ${data.to?.name ?? 'a colleague'}`;
    case 'conversation.returned':
      return `${who} returned it to the assistant`;
    case 'conversation.resolved':
      return `${who} resolved it`;
    case 'conversation.reopened':
      return 'The customer wrote again: reopened';
    case 'rating.given':
      return `The customer rated ${data.csat ?? '?'} of 5${data.comment ? `: “${data.comment}”` : ''}`;
    case 'fact.noted':
      return `Noted: ${factWord(String(data.name ?? 'fact'))} ${data.value ?? ''}`;
    case 'delivery.updated':
      return deliveryWords(data as Partial<Delivery>);
    case 'turn.refused':
      return 'A reply of the assistant came too late and was dropped';
    default:
      return plain(event.kind);
  }
}

/** Whether a message reached the customer, and why not. */
export function deliveryWords({ status, why }: Partial<Delivery>): string {
  const because = why ? `: ${why}` : '';
  if (status === 'sent') return 'Delivered late';
  if (status === 'delayed') return `Not delivered yet, it is tried again${because}`;
  return `Not delivered${because}`;
}

export function sizeWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
