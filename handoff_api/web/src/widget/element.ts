// <baton-widget>: the launcher, the panel and what they do. All knowledge is in the store; all drawing of items in parts.ts.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult, unsafeCSS } from 'lit';
import { onAccent } from './colour.ts';
import { BUBBLE, CLOSE, DOWN, MORE, PERSON, SAVE, SEND } from './icons.ts';
import { itemView, type RatingDraft, ratingView } from './parts.ts';
import { botOwes, ratable, unread } from './state.ts';
import { Store } from './store.ts';
import { ENGLISH, fill, type Strings } from './strings.ts';
import { asText, statusLine, timeline } from './timeline.ts';
import css from './widget.css';

const LIMIT = 10_000;
const COUNT_FROM = LIMIT - 500;
/** A reply that comes sooner needs no sign that it is coming. */
const THINKING_AFTER_MS = 400;
const SCRIPT_ORIGIN =
  document.currentScript instanceof HTMLScriptElement ? new URL(document.currentScript.src).origin : location.origin;

export class BatonWidget extends LitElement {
  static override styles = unsafeCSS(css);
  static override properties = {
    server: {},
    heading: {},
    greeting: {},
    suggestions: {},
    accent: {},
    theme: {},
    position: {},
    locale: {},
    identity: { type: Object },
    strings: { type: Object },
    opened: { state: true },
    menu: { state: true },
    thinking: { state: true },
    below: { state: true },
    draft: { state: true },
    ratingDraft: { state: true },
  };

  declare server: string | undefined;
  declare heading: string | undefined;
  declare greeting: string | undefined;
  /** Questions to begin with, separated by "|". */
  declare suggestions: string | undefined;
  declare accent: string | undefined;
  /** auto, light or dark. */
  declare theme: string | undefined;
  /** bottom-right or bottom-left. */
  declare position: string | undefined;
  declare locale: string | undefined;
  /** A signed statement of the shop's own server about who the visitor is. */
  declare identity: Record<string, unknown> | undefined;
  declare strings: Partial<Strings> | undefined;
  declare private opened: boolean;
  declare private menu: boolean;
  declare private thinking: boolean;
  declare private below: boolean;
  declare private draft: string;
  declare private ratingDraft: RatingDraft;

  private store!: Store;
  private owed = 0;
  private owedTimer: ReturnType<typeof setTimeout> | undefined;
  private atEnd = true;
  private readonly darkness = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    super();
    this.opened = this.menu = this.thinking = this.below = false;
    this.draft = '';
    this.ratingDraft = { csat: 0, comment: '' };
  }

  // For the page's own scripts

  open(): void {
    this.opened = true;
    this.store.memory.mark('open', 1);
    void this.updateComplete.then(() => {
      this.toEnd();
      // On a touch screen the keyboard would cover what there is to read.
      const field = matchMedia('(pointer: coarse)').matches
        ? this.find<HTMLElement>('.log')
        : this.find<HTMLElement>('textarea[name=text]');
      field?.focus();
    });
  }

  close(): void {
    this.opened = this.menu = false;
    this.store.memory.mark('open', 0);
    void this.updateComplete.then(() => this.find<HTMLElement>('.launcher')?.focus());
  }

  /** Opens the panel and sends a question in the contact's name. */
  ask(text: string): void {
    this.open();
    this.write(text);
  }

  // Life

  override connectedCallback(): void {
    super.connectedCallback();
    this.store = new Store({
      server: (this.server ?? SCRIPT_ORIGIN).replace(/\/$/, ''),
      identity: this.identity,
      locale: this.locale ?? document.documentElement.lang ?? undefined,
      words: () => this.words,
      onChange: () => this.changed(),
    });
    this.draft = this.store.memory.draft;
    this.opened = this.store.memory.number.open === 1 && innerWidth > 480;
    this.darkness.addEventListener('change', this.onLook);
    document.addEventListener('visibilitychange', this.onLook);
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.store.stop();
    clearTimeout(this.owedTimer);
    this.darkness.removeEventListener('change', this.onLook);
    document.removeEventListener('visibilitychange', this.onLook);
  }

  private readonly onLook = (): void => this.requestUpdate();

  private changed(): void {
    const owed = botOwes(this.store.state);
    if (owed !== this.owed) {
      this.owed = owed;
      this.thinking = false;
      clearTimeout(this.owedTimer);
      if (owed) this.owedTimer = setTimeout(() => (this.thinking = true), THINKING_AFTER_MS);
    }
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    this.toggleAttribute('data-dark', this.theme === 'dark' || (this.theme !== 'light' && this.darkness.matches));
    this.toggleAttribute('data-open', this.opened);
    const log = this.find<HTMLElement>('.log');
    if (log && this.opened) this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  }

  protected override updated(changes: PropertyValues): void {
    if (changes.has('accent') && this.accent) {
      this.style.setProperty('--baton-accent', this.accent);
      this.style.setProperty('--baton-on-accent', onAccent(this.accent));
    }
    if (!this.opened) return;
    const last = this.store.state.transcript.lastSeq;
    if (this.atEnd || changes.has('opened')) this.toEnd();
    else if (last > this.store.state.readSeq) this.below = true;
    if (this.atEnd && !document.hidden) this.store.seen();
    this.fitField();
  }

  // Drawing

  protected override render(): TemplateResult {
    const { words } = this;
    const count = unread(this.store.state);
    const label = this.opened ? words.close : count ? fill(words.openUnread, { n: count }) : words.open;
    return html`
      <section class="panel" id="panel" role="dialog" aria-label=${this.heading ?? words.heading} ?hidden=${!this.opened} @keydown=${this.onKey}>
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
    const offline = state.link === 'waiting' && state.failures > 1;
    return html`
      <div class="head">
        <div>
          <h2>${this.heading ?? words.heading}</h2>
          <p class="status" role="status">${statusLine(state, words)}</p>
        </div>
        <button class="icon" id="more" type="button" aria-label=${words.menu} aria-haspopup="menu" aria-expanded=${this.menu} @click=${this.toggleMenu}>${MORE}</button>
        <button class="icon" type="button" aria-label=${words.close} @click=${() => this.close()}>${CLOSE}</button>
        ${this.menu ? this.menuView(words) : nothing}
      </div>
      ${offline ? html`<p class="notice" role="status">${words.offline}</p>` : nothing}
      <div class="scroll">
        <div class="log" role="log" aria-live="polite" aria-busy=${state.known && !state.loaded} aria-label=${words.messages} tabindex="0" @scroll=${this.onScroll}>
          ${this.intro(words)}
          ${this.itemsView(words)}
        </div>
        ${this.below ? html`<button class="newer" type="button" @click=${() => this.toEnd()}>${words.newMessages} ↓</button>` : nothing}
      </div>
      <div class="typing">${this.typingView(words)}</div>
      ${
        closing && !state.rating
          ? ratingView(this.ratingDraft, words, {
              change: (draft) => (this.ratingDraft = draft),
              send: () => this.sendRating(),
              skip: () => this.store.skipRating(closing),
            })
          : nothing
      }
      ${this.composer(words)}
    `;
  }

  private intro(words: Strings): TemplateResult {
    const { state } = this.store;
    const fresh = !state.transcript.events.some((event) => event.kind === 'message.sent') && !state.outbox.length;
    const suggestions =
      fresh && !state.known
        ? (this.suggestions ?? '')
            .split('|')
            .map((one) => one.trim())
            .filter(Boolean)
        : [];
    return html`<div class="message first intro">
      <div class="bubble"><p>${this.greeting ?? words.greeting}</p></div>
      ${suggestions.length ? html`<div class="choices">${suggestions.map((text) => html`<button type="button" @click=${() => this.write(text)}>${text}</button>`)}</div>` : nothing}
    </div>`;
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

  private typingView(words: Strings): TemplateResult | typeof nothing {
    const { agentTyping, status } = this.store.state;
    const dots = html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>`;
    if (agentTyping && status.owner === 'agent')
      return html`${dots}<span>${fill(words.typing, { name: agentTyping.name || words.colleague })}</span>`;
    return this.thinking
      ? html`${dots}<span class="hidden">${fill(words.typing, { name: words.assistant })}</span>`
      : nothing;
  }

  private menuView(words: Strings): TemplateResult {
    const { status, wish } = this.store.state;
    const waiting = status.owner === 'queue' || status.owner === 'agent' || !!wish;
    const act = (run: () => void) => () => {
      this.menu = false;
      run();
      this.find<HTMLElement>('textarea[name=text]')?.focus();
    };
    return html`<div class="menu" role="menu" aria-labelledby="more">
      <button type="button" role="menuitem" ?disabled=${waiting} @click=${act(() => this.store.askForPerson())}>${PERSON}${words.person}</button>
      <button type="button" role="menuitem" @click=${act(() => this.save(words))}>${SAVE}${words.save}</button>
    </div>`;
  }

  private composer(words: Strings): TemplateResult {
    const length = this.draft.length > COUNT_FROM ? [...this.draft].length : this.draft.length;
    const over = length - LIMIT;
    const submit = (event: Event) => {
      event.preventDefault();
      this.sendDraft();
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
          .value=${this.draft}
          @input=${this.onInput}
          @keydown=${this.onFieldKey}
        ></textarea>
        <span id="counter" role="status" class="counter ${over > 0 ? 'bad' : ''}" ?hidden=${length <= COUNT_FROM}
          >${length > COUNT_FROM ? fill(over > 0 ? words.tooLong : words.charactersLeft, { n: Math.abs(over).toLocaleString(this.locale) }) : ''}</span
        >
      </div>
      <button class="send" type="submit" aria-label=${words.send} ?disabled=${!this.draft.trim() || over > 0}>${SEND}</button>
    </form>`;
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
      this.stepIn('.menu button:not(:disabled)', event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Tab' && innerWidth <= 480) {
      this.keepFocus(event);
    }
  };

  private readonly onScroll = (event: Event): void => {
    const log = event.target as HTMLElement;
    if (log.scrollHeight - log.scrollTop - log.clientHeight > 60) return;
    this.below = false;
    if (!document.hidden) this.store.seen();
  };

  private readonly toggleMenu = (): void => {
    this.menu = !this.menu;
    void this.updateComplete.then(() =>
      this.find<HTMLElement>(this.menu ? '.menu button:not(:disabled)' : '#more')?.focus(),
    );
  };

  private sendDraft(): void {
    const text = this.draft.trim();
    if (!text || [...text].length > LIMIT) return;
    this.draft = this.store.memory.draft = '';
    this.write(text);
  }

  private write(text: string, payload?: string): void {
    this.store.write(text, payload);
    this.find<HTMLElement>('textarea[name=text]')?.focus();
    void this.updateComplete.then(() => this.toEnd());
  }

  private sendRating(): void {
    this.store.rate(this.ratingDraft.csat, this.ratingDraft.comment.trim());
    this.ratingDraft = { csat: 0, comment: '' };
    this.find<HTMLElement>('textarea[name=text]')?.focus();
  }

  private save(words: Strings): void {
    const heading = this.heading ?? words.heading;
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

  private get words(): Strings {
    return { ...ENGLISH, ...this.strings };
  }

  private find<T extends HTMLElement>(selector: string): T | null {
    return this.renderRoot?.querySelector<T>(selector) ?? null;
  }

  private toEnd(): void {
    const log = this.find<HTMLElement>('.log');
    if (log) log.scrollTop = log.scrollHeight;
    this.below = false;
  }

  private fitField(): void {
    const field = this.find<HTMLTextAreaElement>('textarea[name=text]');
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  private stepIn(selector: string, by: number): void {
    const all = [...this.renderRoot.querySelectorAll<HTMLElement>(selector)];
    const here = all.indexOf((this.renderRoot as ShadowRoot).activeElement as HTMLElement);
    all[(here + by + all.length) % all.length]?.focus();
  }

  /** Over the whole of a small screen the panel keeps the focus, as a dialog does. */
  private keepFocus(event: KeyboardEvent): void {
    const all = [
      ...this.renderRoot.querySelectorAll<HTMLElement>(
        '.panel button:not(:disabled), .panel textarea, .panel input, .panel a, .log',
      ),
    ];
    const here = (this.renderRoot as ShadowRoot).activeElement;
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (here !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
  }
}
