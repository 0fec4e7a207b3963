// The left part: which list, how many in each, and the conversations of the chosen one.
import { html, nothing, type TemplateResult } from 'lit';
import { timeLabel, waited } from '../../shared/calendar.ts';
import { asWords } from '../../shared/markdown.ts';
import type { Summary } from '../model.ts';
import {
  beyondTheList,
  type ConsoleState,
  counts,
  LISTS,
  type ListName,
  listed,
  waitingForMe,
  waitsForReply,
} from '../state.ts';
import type { Store } from '../store.ts';
import { channelWord, contactName, reasonWord } from '../words.ts';
import { BOT, CLOSED, MINE, OPEN, QUEUE, SEARCH } from './icons.ts';

const NAMES: Record<ListName, string> = {
  queue: 'Queue',
  mine: 'Mine',
  open: 'All open',
  bot: 'Assistant',
  closed: 'Closed',
};
const ICONS: Record<ListName, TemplateResult> = { queue: QUEUE, mine: MINE, open: OPEN, bot: BOT, closed: CLOSED };
const EMPTY: Record<ListName, string> = {
  queue: 'Nobody is waiting. New requests appear here by themselves.',
  mine: 'You have no conversation. Claim one from the queue.',
  open: 'No conversation is with people now.',
  bot: 'The assistant talks with nobody now.',
  closed: 'No conversation was closed yet.',
};

export function rail(state: ConsoleState): TemplateResult {
  const numbers = counts(state);
  const hot = { queue: numbers.queue, mine: waitingForMe(state), open: 0, bot: 0, closed: 0 };
  return html`<nav class="rail" aria-label="Lists">
    ${LISTS.map(
      (list) => html`<a href="#/${list}" aria-current=${state.list === list ? 'page' : 'false'}>
        ${ICONS[list]}<span>${NAMES[list]}</span>
        ${numbers[list] && list !== 'closed' ? html`<b class=${hot[list] ? 'hot' : ''}>${numbers[list]}<span class="hidden"> conversations${list === 'mine' && hot.mine ? `, ${hot.mine} waiting for a reply` : ''}</span></b>` : nothing}
      </a>`,
    )}
  </nav>`;
}

export function listPane(state: ConsoleState, store: Store): TemplateResult {
  const found = listed(state);
  const further = state.list === 'queue' && !state.filter ? beyondTheList(state, found.length) : 0;
  return html`<section class="lists" aria-label=${NAMES[state.list]}>
    <header>
      <h1>${NAMES[state.list]}</h1>
      <span class="muted">${further ? `${found.length} of ${found.length + further}` : found.length || ''}</span>
    </header>
    <label class="search">
      ${SEARCH}<span class="hidden">Search this list</span>
      <input
        type="search"
        id="filter"
        placeholder="Search this list"
        .value=${state.filter}
        @input=${(event: InputEvent) => store.filter((event.target as HTMLInputElement).value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
    ${
      found.length
        ? html`<ul class="cards">
            ${found.map((one) => card(one, state))}
          </ul>
          ${further ? html`<p class="empty">${further} more have waited less long. They appear as these are served.</p>` : nothing}`
        : html`<p class="empty">${state.fresh ? (state.filter ? 'Nothing here fits the search.' : EMPTY[state.list]) : 'Loading'}</p>`
    }
  </section>`;
}

function card(one: Summary, state: ConsoleState): TemplateResult {
  const current = state.open?.id === one.id;
  const last = one.last_message;
  // In the queue what the customer wants is worth more than how the waiting was announced to them.
  const theirs = one.owner === 'queue' ? one.last_said || one.handoff?.note : undefined;
  const by =
    last && !theirs && last.author.type !== 'contact'
      ? html`<span class="by">${last.author.name ?? (last.author.type === 'agent' ? 'Agent' : 'Assistant')}: </span>`
      : nothing;
  return html`<li>
    <a class="card" href="#/${state.list}/${encodeURIComponent(one.id)}" aria-current=${current ? 'true' : 'false'} data-id=${one.id}>
      <span class="top"><strong>${contactName(one)}</strong>${whenView(one)}</span>
      <span class="snippet" dir="auto">${by}${theirs ?? snippet(last)}</span>
      <span class="badges">
        ${one.handoff && one.owner !== 'bot' ? html`<span class="badge reason ${one.handoff.reason}">${reasonWord(one.handoff.reason)}</span>` : nothing}
        ${waitsForReply(one) ? html`<span class="badge waits">Waits for a reply</span>` : nothing}
        ${one.agent && one.agent.id !== state.me?.id ? html`<span class="badge">${one.agent.name}</span>` : nothing}
        ${one.channel === 'widget' ? nothing : html`<span class="badge">${channelWord(one.channel)}</span>`}
        ${one.rating ? html`<span class="badge">Rated ${one.rating.csat} of 5</span>` : nothing}
      </span>
    </a>
  </li>`;
}

function snippet(last: Summary['last_message']): string {
  if (!last) return 'No message yet';
  return last.author.type === 'contact' ? last.text : asWords(last.text);
}

function whenView(one: Summary): TemplateResult {
  if (one.owner === 'queue' && one.queued_at) {
    const minutes = (Date.now() - Date.parse(one.queued_at)) / 60_000;
    return html`<time datetime=${one.queued_at} class="wait ${minutes >= 5 ? 'long' : ''}" title="Waiting since ${timeLabel(one.queued_at)}"
      ><span class="hidden">waiting </span>${waited(one.queued_at, Date.now())}</time
    >`;
  }
  const at = one.last_message?.at ?? one.updated_at;
  return html`<time datetime=${at} title=${new Date(at).toLocaleString()}>${waited(at, Date.now())}</time>`;
}
