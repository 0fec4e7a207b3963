// The fixed parts of the panel: greeting, menu, typing line, composer. They only draw and call back.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { PERSON, SAVE, SEND } from './icons.ts';
import type { WidgetState } from './state.ts';
import { fill, type Strings } from './strings.ts';

export const LIMIT = 10_000;
const COUNT_FROM = LIMIT - 500;

export function greetingView(text: string, suggestions: string[], ask: (text: string) => void): TemplateResult {
  return html`<div class="message first intro">
    <div class="bubble"><p>${text}</p></div>
    ${suggestions.length ? html`<div class="choices">${suggestions.map((one) => html`<button type="button" @click=${() => ask(one)}>${one}</button>`)}</div>` : nothing}
  </div>`;
}

export function menuView(state: WidgetState, words: Strings, on: { person(): void; save(): void }): TemplateResult {
  const { owner } = state.status;
  const waiting = owner === 'queue' || owner === 'agent' || !!state.wish;
  return html`<div class="menu" role="menu" aria-labelledby="more">
    <button type="button" role="menuitem" ?disabled=${waiting} @click=${on.person}>${PERSON}${words.person}</button>
    <button type="button" role="menuitem" @click=${on.save}>${SAVE}${words.save}</button>
  </div>`;
}

export function typingView(state: WidgetState, thinking: boolean, words: Strings): TemplateResult | typeof nothing {
  const { agentTyping, status } = state;
  const person = status.owner === 'agent' && agentTyping;
  if (!person && !thinking) return nothing;
  const text = fill(words.typing, { name: person ? person.name || words.colleague : words.assistant });
  return html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><span class=${person ? '' : 'hidden'}>${text}</span>`;
}

export interface ComposerActions {
  input(event: InputEvent): void;
  key(event: KeyboardEvent): void;
  send(): void;
}

export function composerView(draft: string, words: Strings, on: ComposerActions, locale?: string): TemplateResult {
  const length = draft.length > COUNT_FROM ? characters(draft) : draft.length;
  const over = length - LIMIT;
  const counter = fill(over > 0 ? words.tooLong : words.charactersLeft, { n: Math.abs(over).toLocaleString(locale) });
  const submit = (event: Event) => {
    event.preventDefault();
    on.send();
  };
  return html`<form class="composer" @submit=${submit}>
    <div class="field">
      <textarea
        name="text"
        rows="1"
        dir="auto"
        aria-label=${words.compose}
        placeholder=${words.compose}
        aria-describedby="counter"
        .value=${draft}
        @input=${on.input}
        @keydown=${on.key}
      ></textarea>
      <span id="counter" role="status" class="counter ${over > 0 ? 'bad' : ''}" ?hidden=${length <= COUNT_FROM}
        >${length > COUNT_FROM ? counter : ''}</span
      >
    </div>
    <button class="send" type="submit" aria-label=${words.send} ?disabled=${!isVisible(draft) || over > 0}>${SEND}</button>
  </form>`;
}

/** Whether there is anything in it to see: the switchboard takes nothing else. */
export function isVisible(text: string): boolean {
  return /[^\p{C}\p{Z}]/u.test(text);
}

/** As the switchboard counts them: an emoji outside the first plane is one. */
export function characters(text: string): number {
  return [...text].length;
}
