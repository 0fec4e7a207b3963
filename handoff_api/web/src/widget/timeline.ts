// Turns events and unsent messages into what is drawn: days, groups by author, dividers. Pure.
import { dayKey, dayLabel } from '../shared/calendar.ts';
import type { AuthorType, Button, LogEvent } from '../shared/wire.ts';
import type { Outgoing, WidgetState } from './state.ts';
import { fill, type Strings } from './strings.ts';

export type Item =
  | { key: string; kind: 'day'; text: string }
  | { key: string; kind: 'divider'; text: string }
  | {
      key: string;
      kind: 'message';
      by: AuthorType;
      name: string;
      text: string;
      at: string;
      first: boolean;
      /** Buttons can be pressed only while nothing came after them. */
      buttons: readonly Button[];
      outgoing?: Outgoing;
      mine: boolean;
    };

export function timeline(state: WidgetState, words: Strings, now: Date, locale?: string): Item[] {
  const items: Item[] = [];
  let day = '';
  const stepTo = (at: string) => {
    if (dayKey(at) === day) return;
    day = dayKey(at);
    items.push({ key: `day-${day}`, kind: 'day', text: dayLabel(at, now, words, locale) });
  };
  const events = state.transcript.events;
  const lastMessage = [...events].reverse().find((event) => event.kind === 'message.sent');
  for (const event of events) {
    if (event.kind === 'message.sent') {
      stepTo(event.at);
      const usable = event === lastMessage && !state.outbox.length && state.status.owner !== 'agent';
      items.push(message(event, items.at(-1), words, usable));
    } else {
      const text = divider(event, words);
      const before = items.at(-1);
      if (!text || (before?.kind === 'divider' && before.text === text)) continue;
      stepTo(event.at);
      items.push({ key: event.id, kind: 'divider', text });
    }
  }
  for (const outgoing of state.outbox) {
    const at = new Date(outgoing.written).toISOString();
    stepTo(at);
    items.push({
      key: outgoing.client_id,
      kind: 'message',
      by: 'contact',
      name: words.you,
      text: outgoing.text,
      at,
      first: !follows(items.at(-1), 'contact', words.you),
      buttons: [],
      outgoing,
      mine: true,
    });
  }
  return items;
}

function message(event: LogEvent, before: Item | undefined, words: Strings, usable: boolean): Item {
  const by = event.author.type;
  const name =
    by === 'contact' ? words.you : (event.author.name ?? (by === 'agent' ? words.colleague : words.assistant));
  return {
    key: event.id,
    kind: 'message',
    by,
    name,
    text: event.text ?? '',
    at: event.at,
    first: !follows(before, by, name),
    buttons: usable ? (event.buttons ?? []) : [],
    mine: by === 'contact',
  };
}

function follows(before: Item | undefined, by: AuthorType, name: string): boolean {
  return before?.kind === 'message' && before.name === name && (before.by === 'contact') === (by === 'contact');
}

function divider(event: LogEvent, words: Strings): string {
  const named = event.data?.to as { name?: string } | undefined;
  const name = (event.kind === 'conversation.transferred' ? named?.name : event.author.name) ?? words.colleague;
  switch (event.kind) {
    case 'handoff.requested':
    case 'conversation.queued':
      return words.queued;
    case 'conversation.claimed':
    case 'conversation.transferred':
      return fill(words.joined, { name });
    case 'conversation.released':
      return fill(words.personLeft, { name });
    case 'conversation.returned':
      return words.returned;
    case 'conversation.resolved':
      return words.closed;
    case 'rating.given':
      return event.data?.csat ? fill(words.rated, { n: String(event.data.csat) }) : words.thanks;
    default:
      return '';
  }
}

/** The line under the heading: who the contact is talking with, and for how long they may wait. */
export function statusLine(state: WidgetState, words: Strings): string {
  const { owner, position, eta_s: eta, agent, people_online: online } = state.status;
  if (owner === 'agent') return fill(words.statusAgent, { name: agent?.name ?? words.colleague });
  if (owner === 'closed') return words.statusClosed;
  if (owner === 'bot') return state.wish ? words.asking : words.statusBot;
  const place = !position
    ? words.statusQueue
    : position === 1
      ? words.statusNext
      : fill(words.statusPlace, { n: position });
  // Nobody moves up in a line that nobody serves.
  if (online === false) return `${place}. ${words.statusAway}`;
  if (eta === undefined || eta === null) return place;
  const minutes = Math.round(eta / 60);
  const wait = eta < 45 ? words.etaSoon : minutes <= 1 ? words.etaMinute : fill(words.etaMinutes, { n: minutes });
  return `${place}, ${wait}`;
}

/** The whole conversation as plain text, for the contact to keep. */
export function asText(items: readonly Item[], heading: string): string {
  const lines = items.map((item) =>
    item.kind === 'message'
      ? `${item.name} (${new Date(item.at).toLocaleString()}): ${item.text}`
      : `--- ${item.text} ---`,
  );
  return `${heading}\n\n${lines.join('\n\n')}\n`;
}
