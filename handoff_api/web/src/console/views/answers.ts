// <baton-answers>: finds replies written often and answers of the FAQ, and hands the chosen text to the composer.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { asWords } from '../../shared/markdown.ts';
import { api } from '../api.ts';
import type { Suggestion } from '../model.ts';
import { SEARCH } from './icons.ts';

const PAUSE_MS = 150;
/** So many answers that fit the customer's words stand above the replies, before anything is searched. */
const FITTING = 3;

interface Group {
  title: string;
  found: Suggestion[];
}

export class BatonAnswers extends LitElement {
  static override properties = {
    /** What the customer wrote last. */
    said: {},
    groups: { state: true },
    words: { state: true },
    problem: { state: true },
  };

  declare said: string;
  declare private groups: Group[] | null;
  declare private words: string;
  declare private problem: boolean;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor() {
    super();
    this.said = this.words = '';
    this.groups = null;
    this.problem = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus();
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (changes.has('said')) void this.find();
  }

  protected override render(): TemplateResult {
    const { groups } = this;
    return html`<div class="answers" role="group" aria-label="Answers" @keydown=${this.onKey}>
      <label class="search">
        ${SEARCH}<span class="hidden">Search answers and replies</span>
        <input type="search" maxlength="300" placeholder="Search answers and replies" .value=${this.words} @input=${this.onInput} />
      </label>
      <div class="found" role="status">
        ${
          this.problem
            ? html`<p class="empty">The answers could not be loaded. Please try again.</p>`
            : groups?.every((group) => !group.found.length)
              ? html`<p class="empty">Nothing fits these words.</p>`
              : (groups?.map((group) => this.group(group)) ?? html`<p class="empty">Loading</p>`)
        }
      </div>
    </div>`;
  }

  private group({ title, found }: Group): TemplateResult | typeof nothing {
    if (!found.length) return nothing;
    return html`${title ? html`<h3>${title}</h3>` : nothing}
      <ul>
        ${found.map(
          (one) => html`<li>
            <button type="button" @click=${() => this.choose(one)}><b>${one.title}</b><span>${asWords(one.text)}</span></button>
          </li>`,
        )}
      </ul>`;
  }

  private readonly onInput = (event: InputEvent): void => {
    this.words = (event.target as HTMLInputElement).value;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.find(), PAUSE_MS);
  };

  private async find(): Promise<void> {
    const mine = ++this.asked;
    const words = this.words.trim();
    try {
      const groups = words ? [{ title: '', found: await search(words, 8) }] : await this.unsearched();
      if (mine !== this.asked) return;
      this.groups = groups;
      this.problem = false;
    } catch {
      if (mine === this.asked) this.problem = true;
    }
  }

  private async unsearched(): Promise<Group[]> {
    const [fitting, replies] = await Promise.all([this.said ? search(this.said, FITTING) : [], search('', 20)]);
    return [
      { title: 'Fits what they wrote', found: fitting.filter((one) => one.kind === 'faq') },
      { title: 'Replies', found: replies },
    ];
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.dispatchEvent(new CustomEvent('closed'));
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const stops = [...this.querySelectorAll<HTMLElement>('input, .found button')];
      const here = stops.indexOf(document.activeElement as HTMLElement);
      stops[Math.max(0, here + (event.key === 'ArrowDown' ? 1 : -1))]?.focus();
    } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      // Not a new line in the reply and not the reply's end: the first that was found.
      event.preventDefault();
      const first = this.groups?.flatMap((group) => group.found)[0];
      if (this.words.trim() && first) this.choose(first);
    }
  };

  private choose(one: Suggestion): void {
    this.dispatchEvent(new CustomEvent('chosen', { detail: one.text }));
  }
}

const search = async (words: string, most: number): Promise<Suggestion[]> =>
  (await api.suggestions(words, most)).suggestions;
