// The right part: why a person was asked, on what evidence, what was tried, what is known.
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Signal, Summary } from '../model.ts';
import type { OpenConversation } from '../state.ts';
import { channelWord, contactName, factWord, reasonWord, signalMeasure, signalWord } from '../words.ts';
import { FLAG } from './icons.ts';

export function briefPane(open: OpenConversation, summary: Summary, jump: (eventId: string) => void): TemplateResult {
  const { brief } = open;
  const { handoff, contact } = summary;
  return html`<section class="brief" aria-label="Brief">
    <h2 class="hidden">Brief</h2>
    ${
      handoff
        ? html`<section>
            <h3>Why a person</h3>
            <span class="badge reason ${handoff.reason}">${reasonWord(handoff.reason)}</span>
            <p class="sentence">${brief?.reason_text || handoff.note || ''}</p>
            ${(brief?.evidence ?? []).map(
              (one) =>
                html`<button type="button" class="jump quote" @click=${() => jump(one.event_id)}>${FLAG}<span>${one.text}</span></button>`,
            )}
          </section>`
        : nothing
    }
    ${signalsView(brief?.signals ?? [], jump)}
    ${
      brief?.tried.length
        ? html`<section>
            <h3>Answers tried</h3>
            <ul class="plainlist">
              ${brief.tried.map((one) => html`<li>${one.event_id ? html`<button type="button" class="jump" @click=${() => jump(String(one.event_id))}>${one.question}</button>` : one.question}</li>`)}
            </ul>
          </section>`
        : nothing
    }
    ${
      brief?.facts.length
        ? html`<section>
            <h3>What is known</h3>
            <dl class="facts">
              ${brief.facts.map(
                (fact) => html`<div>
                  <dt>${factWord(fact.name)}</dt>
                  <dd>
                    ${fact.value}${fact.event_id ? html` <button type="button" class="jump source" @click=${() => jump(String(fact.event_id))}>source<span class="hidden"> of ${factWord(fact.name)} ${fact.value}</span></button>` : nothing}
                  </dd>
                </div>`,
              )}
            </dl>
          </section>`
        : nothing
    }
    <section>
      <h3>Contact</h3>
      <dl class="facts">
        ${row('Name', contactName(summary))} ${contact.email ? row('E-mail', contact.email) : nothing}
        ${contact.verified ? row('Identity', 'Confirmed by the website') : nothing} ${contact.tier ? row('Tier', contact.tier) : nothing}
        ${row('Channel', channelWord(summary.channel))}
        ${contact.page ? html`<div><dt>Page</dt><dd>${pageView(contact.page)}</dd></div>` : nothing}
        ${summary.started_at ? row('Since', new Date(summary.started_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })) : nothing}
        ${summary.rating ? row('Rating', `${summary.rating.csat} of 5${summary.rating.comment ? `: “${summary.rating.comment}”` : ''}`) : nothing}
      </dl>
    </section>
  </section>`;
}

function row(name: string, value: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function pageView(page: string): TemplateResult | string {
  if (!/^https?:\/\//i.test(page)) return page;
  return html`<a href=${page} target="_blank" rel="noopener noreferrer nofollow">${page.replace(/^https?:\/\//i, '')}</a>`;
}

/** Weaker signals are there, folded away: a bar of nothing helps nobody. */
const WORTH_SHOWING = 0.15;

function signalsView(signals: readonly Signal[], jump: (eventId: string) => void): TemplateResult | typeof nothing {
  if (!signals.length) return nothing;
  const ranked = signals
    .map((signal) => ({ signal, ...signalMeasure(signal.name, Number(signal.value) || 0) }))
    .sort((a, b) => b.share - a.share);
  const strong = ranked.filter((one) => one.share >= WORTH_SHOWING);
  const weak = ranked.slice(strong.length);
  const bars = (some: typeof ranked) =>
    html`<dl class="signals">${some.map(({ signal, share, figure }) => signalView(signal, share, figure, jump))}</dl>`;
  return html`<section>
    <h3>What was measured</h3>
    ${strong.length ? bars(strong) : nothing}
    ${weak.length ? html`<details><summary>${weak.length} weaker</summary>${bars(weak)}</details>` : nothing}
  </section>`;
}

function signalView(signal: Signal, share: number, figure: string, jump: (eventId: string) => void): TemplateResult {
  const name = signalWord(signal.name);
  return html`<div title=${signal.text ?? ''}>
    <dt>${signal.message_id ? html`<button type="button" class="jump" @click=${() => jump(String(signal.message_id))}>${name}</button>` : name}</dt>
    <dd><span>${figure}</span><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${svg`<rect width="100" height="6" class="track"></rect><rect width=${share * 100} height="6" class="fill"></rect>`}</svg></dd>
  </div>`;
}
