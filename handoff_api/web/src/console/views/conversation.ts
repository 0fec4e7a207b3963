// The middle part: who this is, what can be done, the whole transcript, the composer.
import { html, nothing, type TemplateResult } from 'lit';
import type { Summary } from '../model.ts';
import { type ConsoleState, completeness, type Mode, type OpenConversation } from '../state.ts';
import type { Store } from '../store.ts';
import { channelWord, contactName } from '../words.ts';
import { BACK, INFO } from './icons.ts';
import { transcript } from './transcript.ts';

export interface ConversationActions {
  back(): void;
  toggleBrief(): void;
  transfer(): void;
  scrolled(event: Event): void;
}

/** `brief` is given where there is room for one part only: it then stands in place of the messages. */
export function conversationPane(
  state: ConsoleState,
  store: Store,
  actions: ConversationActions,
  brief: TemplateResult | null,
): TemplateResult {
  const { open } = state;
  const summary = open && state.conversations.get(open.id);
  if (!open)
    return html`<section class="conversation nothing"><p>Choose a conversation.<br /><kbd>j</kbd> and <kbd>k</kbd> move through the list.</p></section>`;
  if (open.problem) {
    return html`<section class="conversation nothing"><p>${open.problem}</p><button type="button" class="plain" @click=${actions.back}>Back to the list</button></section>`;
  }
  if (!summary) return html`<section class="conversation nothing"><p>Loading</p></section>`;
  const pending = state.pending.filter((one) => one.conversation_id === open.id);
  return html`<section class="conversation ${brief ? 'shows-brief' : ''}" aria-label="Conversation with ${contactName(summary)}">
    ${header(state, store, open, summary, actions)} ${brief ?? nothing}
    <div class="scroll" tabindex="0" role="region" aria-label="Messages" @scroll=${actions.scrolled}>
      ${open.loaded ? transcript(open, summary, pending, store) : html`<p class="empty">Loading</p>`}
    </div>
    <p class="typing" role="status">${open.typingUntil > Date.now() ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> ${contactName(summary)} is typing` : nothing}</p>
    <baton-composer
      .conversation=${open.id}
      .contact=${contactName(summary)}
      .customer=${summary.contact.name}
      .agent=${state.me?.name ?? ''}
      .said=${summary.last_said ?? ''}
      .barred=${barred(state, summary)}
      @writing=${() => store.typing()}
      @written=${(event: CustomEvent<{ mode: Mode; text: string }>) => store.write(event.detail.mode, event.detail.text)}
    ></baton-composer>
  </section>`;
}

function header(
  state: ConsoleState,
  store: Store,
  open: OpenConversation,
  summary: Summary,
  actions: ConversationActions,
): TemplateResult {
  const others = state.agents.filter((agent) => agent.online && agent.viewing === open.id && agent.id !== state.me?.id);
  const { held, total } = completeness(state);
  const complete = open.loaded && held === total;
  return html`<header>
    <button type="button" class="icon back" aria-label="Back to the list" @click=${actions.back}>${BACK}</button>
    <div class="title">
      <h1>${contactName(summary)}</h1>
      <p class="muted">
        <span class="owner ${summary.owner}">${ownerWords(state, summary)}</span> · ${channelWord(summary.channel)} ·
        <span class="complete ${complete ? '' : 'partial'}" title="Entries of the log: messages, notes and changes of owner"
          >${complete ? `complete, ${held} of ${total}` : `loading, ${held} of ${total}`}</span
        >
        ${others.length ? html` · <span class="viewing">${others.map((agent) => agent.name).join(', ')} ${others.length > 1 ? 'are' : 'is'} also looking</span>` : nothing}
      </p>
    </div>
    <div class="actions">${buttons(state, store, summary, actions)}</div>
    <button type="button" class="icon info" aria-label="Show or hide the brief" @click=${actions.toggleBrief}>${INFO}</button>
  </header>`;
}

function buttons(state: ConsoleState, store: Store, summary: Summary, actions: ConversationActions): TemplateResult {
  const mine = summary.owner === 'agent' && summary.agent?.id === state.me?.id;
  if (mine) {
    return html`
      <button type="button" class="plain" @click=${() => store.act('release')}>Release</button>
      <button type="button" class="plain" @click=${actions.transfer}>Transfer</button>
      <button type="button" class="plain" @click=${() => store.act('return')}>Return<span class="wide"> to assistant</span></button>
      <button type="button" class="main" @click=${() => store.act('resolve')}>Resolve</button>
    `;
  }
  if (summary.owner === 'agent') return html``;
  const words = { queue: 'Claim', bot: 'Take over', closed: 'Reopen' }[summary.owner];
  return html`<button type="button" class="main" @click=${() => store.act('claim')}>${words}<kbd aria-hidden="true">c</kbd></button>`;
}

function ownerWords(state: ConsoleState, { owner, agent, position }: Summary): string {
  if (owner === 'agent') return agent?.id === state.me?.id ? 'With you' : `With ${agent?.name ?? 'an agent'}`;
  if (owner === 'queue') return position ? `Waiting, number ${position} in line` : 'Waiting';
  return owner === 'bot' ? 'With the assistant' : 'Closed';
}

function barred(state: ConsoleState, { owner, agent }: Summary): string {
  if (owner === 'agent')
    return agent?.id === state.me?.id
      ? ''
      : `${agent?.name ?? 'A colleague'} has this conversation. You can add a private note.`;
  if (owner === 'queue') return 'Claim this conversation to reply.';
  return owner === 'bot'
    ? 'The assistant has this conversation. Take it over to reply.'
    : 'This conversation is closed. Reopen it to reply.';
}
