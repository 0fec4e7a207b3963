// The whole conversation, from the customer's first word: messages, notes and what happened between them.
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { dayKey, dayLabel, timeLabel } from '../../shared/calendar.ts';
import { plainText, richText } from '../../shared/rich_text.ts';
import type { LogEvent } from '../../shared/wire.ts';
import type { Summary } from '../model.ts';
import { type Delivery, deliveriesOf, filesOf, type SentFile } from '../provider.ts';
import type { OpenConversation, Pending } from '../state.ts';
import type { Store } from '../store.ts';
import { contactName, deliveryWords, eventLine, sizeWords } from '../words.ts';
import { CHECK, DOWN, FLAG, LOCK } from './icons.ts';

const DAYS = { today: 'Today', yesterday: 'Yesterday' };
const QUIET = new Set(['fact.noted', 'delivery.updated', 'turn.refused']);

export function transcript(
  open: OpenConversation,
  summary: Summary,
  pending: readonly Pending[],
  store: Store,
): TemplateResult {
  const evidence = new Set(open.brief?.evidence.map((one) => one.event_id));
  const read = readMark(open.transcript.events, summary.contact_read ?? 0);
  const deliveries = deliveriesOf(open.transcript.events);
  let before: LogEvent | undefined;
  return html`<ol class="events">
    ${repeat(
      open.transcript.events,
      (event) => event.seq,
      (event) => {
        const newDay = !before || dayKey(before.at) !== dayKey(event.at);
        const follows =
          !newDay &&
          before?.kind === event.kind &&
          before.author.type === event.author.type &&
          before.author.name === event.author.name;
        before = event;
        return html`${newDay ? html`<li class="day">${dayLabel(event.at, new Date(), DAYS)}</li>` : nothing}${entry(event, summary, follows, evidence.has(event.id), deliveries.get(event.id))}${
          event.seq === read ? html`<li class="read">${CHECK} Read by the customer</li>` : nothing
        }`;
      },
    )}
    ${pending.map((one) => pendingView(one, store))}
  </ol>`;
}

/** The last thing written to the customer that they have seen. */
function readMark(events: readonly LogEvent[], upTo: number): number {
  let found = 0;
  for (const event of events) {
    if (event.seq > upTo) break;
    if (event.kind === 'message.sent' && event.author.type !== 'contact') found = event.seq;
  }
  return found;
}

function entry(
  event: LogEvent,
  summary: Summary,
  follows: boolean,
  evidence: boolean,
  delivery: Delivery | undefined,
): TemplateResult {
  if (event.kind === 'message.sent' || event.kind === 'note.added')
    return message(event, summary, follows, evidence, delivery);
  return html`<li class="line ${QUIET.has(event.kind) ? 'quiet' : ''} ${event.kind.replace('.', '-')}" id="e-${event.seq}" tabindex="-1">
    <span>${eventLine(event)}</span> <time datetime=${event.at}>${timeLabel(event.at)}</time>
  </li>`;
}

function message(
  event: LogEvent,
  summary: Summary,
  follows: boolean,
  evidence: boolean,
  delivery: Delivery | undefined,
): TemplateResult {
  const note = event.kind === 'note.added';
  const { type } = event.author;
  const name =
    type === 'contact' ? contactName(summary) : (event.author.name ?? (type === 'agent' ? 'Agent' : 'Assistant'));
  return html`<li class="entry ${note ? 'note' : type} ${follows ? 'follows' : ''} ${evidence ? 'evidence' : ''}" id="e-${event.seq}" tabindex="-1">
    <div class=${follows ? 'hidden' : 'who'}>${note ? LOCK : nothing}<b>${name}</b>${note ? html` <span>private note</span>` : nothing} <time datetime=${event.at} title=${new Date(event.at).toLocaleString()}>${timeLabel(event.at)}</time></div>
    <div class="bubble">${type === 'contact' ? plainText(event.text ?? '') : richText(event.text ?? '')}${
      event.buttons?.length
        ? html`<div class="choices" aria-label="Buttons offered">${event.buttons.map((button) => html`<span>${button.title}</span>`)}</div>`
        : nothing
    }${filesOf(event).map((file) => fileView(event, file))}</div>
    ${delivery ? html`<div class="state ${delivery.status === 'failed' ? 'bad' : ''}">${deliveryWords(delivery)}</div>` : nothing}
    ${evidence ? html`<div class="why">${FLAG} A reason for the handoff</div>` : nothing}
  </li>`;
}

/** A photo is shown, anything else is saved; the switchboard fetches it from the messaging app. */
function fileView(event: LogEvent, file: SentFile): TemplateResult {
  const href = `/api/agent/conversations/${event.id.slice(0, event.id.lastIndexOf('.'))}/files/${event.seq}/${file.index}`;
  const label = `${file.name ?? file.kind}${file.size ? `, ${sizeWords(file.size)}` : ''}`;
  if (file.kind === 'photo')
    return html`<a class="file photo" href=${href} target="_blank" rel="noopener"><img src=${href} alt="Photo the customer sent. Open it" loading="lazy" /></a>`;
  return html`<a class="file" href=${href} download>${DOWN} Save ${label}</a>`;
}

function pendingView(one: Pending, store: Store): TemplateResult {
  const bad = one.state !== 'sending';
  return html`<li class="entry ${one.mode === 'note' ? 'note' : 'agent'} pending">
    <div class="bubble">${richText(one.text)}</div>
    <div class="state ${bad ? 'bad' : ''}" role="status">
      ${one.state === 'sending' ? 'Sending' : one.state === 'unsent' ? 'Not sent yet. It is tried again.' : `Not sent: ${one.reason ?? ''}`}
      ${bad ? html`<button type="button" @click=${() => store.retry(one.command_id)}>Send again</button>` : nothing}
      ${one.state === 'refused' ? html`<button type="button" @click=${() => takeBack(one, store)}>Edit</button>` : nothing}
    </div>
  </li>`;
}

function takeBack(one: Pending, store: Store): void {
  store.discard(one.command_id);
  store.dispatchEvent(new CustomEvent('take-back', { detail: one }));
}

/** Brings an event into view and to the reader's focus. */
export function jumpTo(root: HTMLElement, eventId: string): void {
  const target = root.querySelector<HTMLElement>(`#e-${Number(eventId.slice(eventId.lastIndexOf('.') + 1))}`);
  if (!target) return;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  target.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
  target.focus({ preventScroll: true });
  target.classList.add('flash');
  setTimeout(() => target.classList.remove('flash'), 1_600);
}
