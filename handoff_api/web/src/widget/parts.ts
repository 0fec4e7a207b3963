// The parts of the panel that depend on nothing but what they are given.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { timeLabel } from '../shared/calendar.ts';
import { plainText, richText } from '../shared/rich_text.ts';
import type { Button } from '../shared/wire.ts';
import type { Outgoing } from './state.ts';
import { fill, type Strings } from './strings.ts';
import type { Item } from './timeline.ts';

export interface ItemActions {
  press(button: Button): void;
  resend(clientId: string): void;
}

export function itemView(
  item: Item,
  last: boolean,
  words: Strings,
  actions: ItemActions,
  locale?: string,
): TemplateResult {
  if (item.kind === 'day') return html`<li class="day">${item.text}</li>`;
  if (item.kind === 'divider') return html`<li class="divider">${item.text}</li>`;
  const { outgoing, mine, first } = item;
  const waiting = outgoing && !outgoing.seq;
  return html`<li data-key=${item.key} class="message ${mine ? 'mine' : item.by} ${first ? 'first' : ''} ${waiting ? 'waiting' : ''}">
    <span class=${first && !mine ? 'author' : 'hidden'}>${item.name}${first && !mine ? '' : ':'}</span>
    <div class="bubble" title=${timeLabel(item.at, locale)}>${mine ? plainText(item.text) : richText(item.text)}</div>
    ${outgoing ? delivery(outgoing, words, actions) : mine && last ? html`<span class="foot">${words.sent} ${timeLabel(item.at, locale)}</span>` : nothing}
    ${
      item.buttons.length
        ? html`<div class="choices">${item.buttons.map((button) => html`<button type="button" @click=${() => actions.press(button)}>${button.title}</button>`)}</div>`
        : nothing
    }
  </li>`;
}

function delivery(message: Outgoing, words: Strings, actions: ItemActions): TemplateResult {
  if (message.state === 'sending') return html`<span class="foot">${message.seq ? words.sent : words.sending}</span>`;
  const text =
    message.state === 'refused' ? `${words.refused}${message.reason ? `: ${message.reason}` : ''}` : words.unsent;
  return html`<span class="foot bad">${text} <button type="button" @click=${() => actions.resend(message.client_id)}>${words.resend}</button></span>`;
}

export interface RatingDraft {
  csat: number;
  comment: string;
}

export function ratingView(
  draft: RatingDraft,
  words: Strings,
  on: { change(draft: RatingDraft): void; send(): void; skip(): void },
): TemplateResult {
  const submit = (event: Event) => {
    event.preventDefault();
    if (draft.csat) on.send();
  };
  return html`<form class="rating" @submit=${submit}>
    <fieldset>
      <legend>${words.rateTitle}</legend>
      <div class="scale">
        ${[1, 2, 3, 4, 5].map(
          (n) => html`<label
            ><input type="radio" name="csat" value=${n} aria-label=${fill(words.rate, { n })} .checked=${draft.csat === n} @change=${() => on.change({ ...draft, csat: n })} /><span
              aria-hidden="true"
              >${n}</span
            ></label
          >`,
        )}
      </div>
      <div class="ends" aria-hidden="true"><span>${words.rateLow}</span><span>${words.rateHigh}</span></div>
      ${
        draft.csat
          ? html`<textarea
            rows="2"
            maxlength="2000"
            aria-label=${words.rateComment}
            placeholder=${words.rateComment}
            .value=${draft.comment}
            @input=${(event: InputEvent) => on.change({ ...draft, comment: (event.target as HTMLTextAreaElement).value })}
          ></textarea>`
          : nothing
      }
    </fieldset>
    <div class="row">
      <button type="button" @click=${on.skip}>${words.rateSkip}</button>
      <button type="submit" class="main" ?disabled=${!draft.csat}>${words.rateSend}</button>
    </div>
  </form>`;
}
