// <baton-widget>: the launcher, the panel and what they do. All knowledge is in the store; all drawing of items in parts.ts.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { seqOf } from '../shared/wire.ts';
import { BaseElement, drawsAgain, styleSheet } from './base.ts';
import { onAccent } from './colour.ts';
import { keepFocus, stepFocus } from './focus.ts';
import { BUBBLE, CLOSE, DOWN, MORE } from './icons.ts';
import { characters, composerView, greetingView, isVisible, LIMIT, menuView, typingView } from './panel.ts';
import { itemView, type RatingDraft, ratingView } from './parts.ts';
import { botOwes, ratable, unread } from './state.ts';
import { Store } from './store.ts';
import { ENGLISH, fill, type Strings } from './strings.ts';
import { asText, statusLine, timeline } from './timeline.ts';
import css from './widget.css';

/** A reply that comes sooner needs no sign that it is coming. */
const THINKING_AFTER_MS = 400;
const SCRIPT_ORIGIN =
  document.currentScript instanceof HTMLScriptElement ? new URL(document.currentScript.src).origin : location.origin;

/** What a page's script may set as properties; `identity` and `strings` may also be attributes with JSON. */
const GIVEN = ['identity', 'strings'] as const;
const STATES = ['opened', 'menu', 'thinking', 'below', 'draft', 'ratingDraft'] as const;

/**
 * Attributes: server, heading, greeting, suggestions (questions to begin with, separated by "|"), accent (a colour),
 * theme (auto, light or dark), position (bottom-right or bottom-left), locale, identity, strings.
 */
export class BatonWidget extends BaseElement {
  static observedAttributes = ['heading', 'greeting', 'suggestions', 'accent', 'theme', 'locale', 'strings'];

  /** A signed statement of the shop's own server about who the visitor is. */
  declare identity: Record<string, unknown> | undefined;
  declare strings: Partial<Strings> | undefined;
  declare private opened: boolean;
  declare private menu: boolean;
  declare private thinking: boolean;
  /** What lies below the part of the log that is shown: nothing, the rest of a long reply, or something new. */
  declare private below: '' | 'rest' | 'new';
  declare private draft: string;
  declare private ratingDraft: RatingDraft;

  private store!: Store;
  private owed = 0;
  private owedTimer: ReturnType<typeof setTimeout> | undefined;
  private atEnd = true;
  /** How many entries of the log there were when its end was last shown. */
  private placed = 0;
  private titleMark = '';
  private wasOpened = false;
  private readonly darkness = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    super();
    this.root.adoptedStyleSheets = [styleSheet(css)];
    for (const name of GIVEN) this.adopt(name);
    this.opened = this.menu = this.thinking = false;
    this.draft = this.below = '';
    this.ratingDraft = { csat: 0, comment: '' };
  }

  // For the page's own scripts

  open(): void {
    this.opened = true;
    this.store.memory.mark('open', 1);
    void this.updateComplete.then(() => {
      this.place();
      // On a touch screen the keyboard would cover what there is to read.
      const field = matchMedia('(pointer: coarse)').matches ? this.find('.log') : this.find('textarea[name=text]');
      field?.focus();
    });
  }

  close(): void {
    this.opened = this.menu = false;
    this.store.memory.mark('open', 0);
    void this.updateComplete.then(() => this.find('.launcher')?.focus());
  }

  /** Opens the panel and sends a question in the contact's name. */
  ask(text: string): void {
    this.open();
    this.write(text);
  }

  // Life

  connectedCallback(): void {
    this.store = new Store({
      server: (this.getAttribute('server') ?? SCRIPT_ORIGIN).replace(/\/$/, ''),
      identity: this.identity ?? this.json('identity'),
      locale: this.getAttribute('locale') ?? document.documentElement.lang,
      words: () => this.words,
      onChange: () => this.changed(),
    });
    this.draft = this.store.memory.draft;
    this.opened = this.store.memory.number.open === 1 && innerWidth > 480;
    this.darkness.addEventListener('change', this.onLook);
    document.addEventListener('visibilitychange', this.onLook);
    this.store.start();
    this.requestUpdate();
  }

  disconnectedCallback(): void {
    this.store.stop();
    clearTimeout(this.owedTimer);
    this.darkness.removeEventListener('change', this.onLook);
    document.removeEventListener('visibilitychange', this.onLook);
    this.markTitle(0);
  }

  override attributeChangedCallback(name?: string, _?: string | null, value?: string | null): void {
    if (name === 'accent') {
      this.style.setProperty('--baton-accent', value ?? null);
      this.style.setProperty('--baton-on-accent', value ? onAccent(value) : null);
    }
    super.attributeChangedCallback();
  }

  private readonly onLook = (): void => {
    this.markTitle(this.awaited());
    this.requestUpdate();
  };

  private changed(): void {
    const owed = botOwes(this.store.state);
    if (owed !== this.owed) {
      this.owed = owed;
      this.thinking = false;
      clearTimeout(this.owedTimer);
      if (owed) this.owedTimer = setTimeout(() => (this.thinking = true), THINKING_AFTER_MS);
    }
    this.markTitle(this.awaited());
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    const theme = this.getAttribute('theme');
    this.toggleAttribute('data-dark', theme === 'dark' || (theme !== 'light' && this.darkness.matches));
    this.toggleAttribute('data-open', this.opened);
    const log = this.find('.log');
    if (log && this.opened) this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  }

  protected override updated(): void {
    const justOpened = this.opened && !this.wasOpened;
    this.wasOpened = this.opened;
    if (!this.opened) return;
    if (this.atEnd || justOpened) this.place();
    else if (this.entries().length > this.placed) this.below = 'new';
    if (this.atEnd && !document.hidden) this.store.seen();
    this.fitField();
  }

  /** How many messages came from people while the contact looks at another tab. */
  private awaited(): number {
    const { state } = this.store;
    return document.hidden && state.status.owner === 'agent' ? unread(state) : 0;
  }

  /** Who waits in another tab reads in the name of this one that somebody wrote. */
  private markTitle(count: number): void {
    const mark = count ? `(${count}) ` : '';
    if (mark === this.titleMark) return;
    const { title } = document;
    document.title = mark + (title.startsWith(this.titleMark) ? title.slice(this.titleMark.length) : title);
    this.titleMark = mark;
  }

  // Drawing

  protected override render(): TemplateResult {
    const { words } = this;
    const count = unread(this.store.state);
    const label = this.opened ? words.close : count ? fill(words.openUnread, { n: count }) : words.open;
    return html`
      <section class="panel" id="panel" role="dialog" aria-label=${this.getAttribute('heading') ?? words.heading} ?hidden=${!this.opened} @keydown=${this.onKey}>
        ${this.opened ? this.panel(words) : nothing}
      </section>
      <button class="launcher" type="button" aria-label=${label} aria-expanded=${this.opened} aria-controls="panel" @click=${() => (this.opened ? this.close() : this.open())}>
        ${this.opened ? DOWN : BUBBLE} ${count && !this.opened ? html`<span class="badge" aria-hidden="true">${count > 99 ? '99+' : count}</span>` : nothing}
      </button>
    `;
  }

  private panel(words: Strings): TemplateResult {
    const { state } = this.store;
    const closing = ratable(state);
    const offline =
      (state.link === 'waiting' && state.failures > 1) || state.outbox.some((message) => message.state === 'unsent');
    return html`
      <div class="head">
        <div>
          <h2>${this.getAttribute('heading') ?? words.heading}</h2>
          <p class="status" role="status">${statusLine(state, words)}</p>
        </div>
        <button class="icon" id="more" type="button" aria-label=${words.menu} aria-haspopup="menu" aria-expanded=${this.menu} @click=${this.toggleMenu}>${MORE}</button>
        <button class="icon" type="button" aria-label=${words.close} @click=${() => this.close()}>${CLOSE}</button>
        ${this.menu ? menuView(state, words, { person: () => this.leaveMenu(() => this.store.askForPerson()), save: () => this.leaveMenu(() => this.save()) }) : nothing}
      </div>
      ${offline ? html`<p class="notice" role="status">${words.offline}</p>` : nothing}
      <div class="scroll">
        <div class="log" role="log" aria-live="polite" aria-busy=${state.known && !state.loaded} aria-label=${words.messages} tabindex="0" @scroll=${this.onScroll}>
          ${greetingView(this.getAttribute('greeting') ?? words.greeting, this.suggestions(), (text) => this.write(text))}
          ${this.itemsView(words)}
        </div>
        ${this.below ? html`<button class="newer" type="button" @click=${this.onBelow}>${this.below === 'new' ? words.newMessages : words.readOn} ↓</button>` : nothing}
      </div>
      <div class="typing">${typingView(state, this.thinking, words)}</div>
      ${
        closing && !state.rating
          ? ratingView(this.ratingDraft, words, {
              change: (draft) => (this.ratingDraft = draft),
              send: () => this.sendRating(),
              skip: () => this.store.skipRating(closing),
            })
          : nothing
      }
      ${composerView(this.draft, words, { input: this.onInput, key: this.onFieldKey, send: () => this.sendDraft() }, this.locale)}
    `;
  }

  /** Questions to begin with, while nothing was said. */
  private suggestions(): string[] {
    const { transcript, outbox, known } = this.store.state;
    if (known || outbox.length || transcript.events.some((event) => event.kind === 'message.sent')) return [];
    const given = (this.getAttribute('suggestions') ?? '').split('|');
    return given.map((one) => one.trim()).filter(Boolean);
  }

  private itemsView(words: Strings): TemplateResult {
    const items = timeline(this.store.state, words, new Date(), this.locale);
    const lastMessage = [...items].reverse().find((item) => item.kind === 'message')?.key;
    const actions = {
      press: (button: { title: string; payload: string }) => this.write(button.title, button.payload),
      resend: (clientId: string) => this.store.resend(clientId),
    };
    // Not keyed: a message that becomes an event keeps its element, so a screen reader does not read it twice.
    return html`<ol>${items.map((item) => itemView(item, item.key === lastMessage, words, actions, this.locale))}</ol>`;
  }

  // What the contact does

  private readonly onInput = (event: InputEvent): void => {
    this.draft = (event.target as HTMLTextAreaElement).value;
    this.store.memory.draft = this.draft;
    if (this.draft) this.store.typing();
  };

  private readonly onFieldKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.sendDraft();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.menu) this.toggleMenu();
      else this.close();
    } else if (this.menu && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      stepFocus(this.root, '.menu button:not(:disabled)', event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Tab' && innerWidth <= 480) {
      keepFocus(this.root, event);
    }
  };

  private readonly onScroll = (event: Event): void => {
    const log = event.target as HTMLElement;
    if (log.scrollHeight - log.scrollTop - log.clientHeight > 60) return;
    this.placed = this.entries().length;
    this.below = '';
    if (!document.hidden) this.store.seen();
  };

  private readonly onBelow = (): void => {
    this.toEnd();
    // The button is gone; without this so were the keyboard's place in the page.
    this.find('.log')?.focus();
  };

  private readonly toggleMenu = (): void => {
    this.menu = !this.menu;
    void this.updateComplete.then(() => this.find(this.menu ? '.menu button:not(:disabled)' : '#more')?.focus());
  };

  private leaveMenu(act: () => void): void {
    this.menu = false;
    act();
    this.focusField();
  }

  private sendDraft(): void {
    const text = this.draft.trim();
    if (!isVisible(text) || characters(text) > LIMIT) return;
    this.draft = this.store.memory.draft = '';
    this.write(text);
  }

  private write(text: string, payload?: string): void {
    this.store.write(text, payload);
    this.focusField();
    void this.updateComplete.then(() => this.toEnd());
  }

  private sendRating(): void {
    this.store.rate(this.ratingDraft.csat, this.ratingDraft.comment.trim());
    this.ratingDraft = { csat: 0, comment: '' };
    this.focusField();
  }

  private save(): void {
    const { words } = this;
    const heading = this.getAttribute('heading') ?? words.heading;
    const file = new Blob([asText(timeline(this.store.state, words, new Date(), this.locale), heading)], {
      type: 'text/plain',
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = 'conversation.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // Small helpers of the view

  private get locale(): string | undefined {
    return this.getAttribute('locale') ?? undefined;
  }

  private json(name: string): Record<string, string> | undefined {
    const text = this.getAttribute(name);
    return text ? JSON.parse(text) : undefined;
  }

  /** What the page set before this script was here becomes ours. */
  private adopt(name: (typeof GIVEN)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    Object.assign(this, { [name]: value });
  }

  private get words(): Strings {
    return { ...ENGLISH, ...this.json('strings'), ...this.strings };
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T | null {
    return this.root.querySelector<T>(selector);
  }

  private focusField(): void {
    this.find('textarea[name=text]')?.focus();
  }

  private entries(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>('.log > ol > li')];
  }

  private toEnd(): void {
    const log = this.find('.log');
    if (log) log.scrollTop = log.scrollHeight;
    this.placed = this.entries().length;
    this.below = '';
  }

  /** Shows the end; or where what was not read yet is longer than the panel its beginning, with the question above. */
  private place(): void {
    const log = this.find('.log');
    const { readSeq } = this.store.state;
    const fresh = this.entries().find((entry) => !entry.matches('.mine') && seqOf(entry.dataset.key) > readSeq);
    this.toEnd();
    const before = fresh?.previousElementSibling as HTMLElement | null;
    const start = before?.matches('.mine') && before.offsetHeight < 90 ? before : fresh;
    if (!log || !start || start.offsetTop >= log.scrollTop) return;
    log.scrollTop = start.offsetTop - 8;
    this.below = 'rest';
  }

  private fitField(): void {
    const field = this.find<HTMLTextAreaElement>('textarea[name=text]');
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }
}

drawsAgain(BatonWidget, [...GIVEN, ...STATES]);
