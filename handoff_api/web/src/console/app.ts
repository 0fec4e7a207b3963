// <baton-console>: puts the parts together, listens to the keyboard, keeps the transcript where the reader is.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { askForNotifications, mayAskForNotifications } from './alerts.ts';
import { memory } from './memory.ts';
import { LISTS, type Pending } from './state.ts';
import { Store } from './store.ts';
import { briefPane } from './views/brief.ts';
import type { BatonComposer } from './views/composer.ts';
import { conversationPane } from './views/conversation.ts';
import { shortcutsDialog, transferDialog } from './views/dialogs.ts';
import { BELL, EXIT, KEYS, MARK, SILENT, SOUND } from './views/icons.ts';
import { listPane, rail } from './views/lists.ts';
import { jumpTo } from './views/transcript.ts';

const CLOCK_MS = 15_000;

export class BatonConsole extends LitElement {
  static override properties = { brief: { state: true } };

  declare private brief: boolean;
  private readonly store = new Store();
  /** No room for the brief beside the conversation. */
  private readonly narrow = matchMedia('(max-width: 1179px)');
  private atEnd = true;
  private transcriptBox: Element | null = null;
  private readonly sized = new ResizeObserver(() => this.keepEnd());
  private shown = '';

  constructor() {
    super();
    this.brief = !this.narrow.matches;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.store.addEventListener('change', () => this.requestUpdate());
    this.store.addEventListener('take-back', (event) => {
      const { mode, text } = (event as CustomEvent<Pending>).detail;
      this.composer?.takeBack(mode, text);
    });
    document.addEventListener('keydown', this.onKey);
    this.narrow.addEventListener('change', () => this.requestUpdate());
    // Waiting times grow even when nothing happens.
    setInterval(() => this.requestUpdate(), CLOCK_MS);
    void this.store.start();
  }

  protected override willUpdate(): void {
    const id = this.store.state.open?.id ?? '';
    if (id !== this.shown) {
      this.shown = id;
      this.atEnd = true;
      if (this.narrow.matches) this.brief = false;
    }
  }

  protected override updated(): void {
    const scroll = this.querySelector('.conversation .scroll');
    if (scroll !== this.transcriptBox) {
      this.sized.disconnect();
      this.transcriptBox = scroll;
      if (scroll) this.sized.observe(scroll);
    }
    this.keepEnd();
  }

  /** The last message stays in view, also when a longer reply or the answers take room from the transcript. */
  private keepEnd(): void {
    if (this.transcriptBox && this.atEnd) this.transcriptBox.scrollTop = this.transcriptBox.scrollHeight;
  }

  protected override render(): TemplateResult {
    const { state } = this.store;
    if (state.phase === 'loading')
      return html`<p class="loading" role="status">${state.failures > 1 ? 'The server cannot be reached. Trying again.' : ''}</p>`;
    if (state.phase === 'signed_out')
      return html`<baton-login .signIn=${(email: string, password: string) => this.store.signIn(email, password)}></baton-login>`;
    const summary = state.open && state.conversations.get(state.open.id);
    const brief =
      state.open?.loaded && summary && this.brief ? briefPane(state.open, summary, (id) => this.jump(id)) : null;
    const away = state.link !== 'open' && state.failures > 0;
    return html`
      ${this.bar()}
      ${away ? html`<p class="banner" role="alert">Connection lost. Trying again; replies you write are kept and sent later.</p>` : nothing}
      ${state.bot === 'down' ? html`<p class="banner calm" role="status">The assistant is away. Customers are told, and people can go on.</p>` : nothing}
      <main class="panes ${state.open ? 'has-open' : ''} ${brief && !this.narrow.matches ? 'has-brief' : ''}">
        ${rail(state)} ${listPane(state, this.store)}
        ${conversationPane(
          state,
          this.store,
          {
            back: () => this.store.show(state.list),
            toggleBrief: () => (this.brief = !this.brief),
            transfer: () => this.dialog('transfer'),
            scrolled: (event) => {
              const box = event.target as HTMLElement;
              this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
            },
          },
          this.narrow.matches ? brief : null,
        )}
        ${brief && !this.narrow.matches ? brief : nothing}
      </main>
      <div class="notices" role="status" aria-live="polite">
        ${state.notices.map((one) => html`<p class=${one.tone}>${one.text} <button type="button" aria-label="Dismiss" @click=${() => this.store.dismiss(one.id)}>×</button></p>`)}
      </div>
      ${transferDialog(state, this.store)} ${shortcutsDialog()}
    `;
  }

  private bar(): TemplateResult {
    const { state } = this.store;
    const online = state.agents.filter((agent) => agent.online);
    const { sound } = memory.preferences();
    return html`<div class="bar" role="banner">
      ${MARK}<strong class="brand">Baton</strong>
      <span class="online muted" title=${online.map((agent) => agent.name).join(', ')}>${online.length ? `${online.length} online` : ''}</span>
      <span class="space"></span>
      ${mayAskForNotifications() ? html`<button type="button" class="icon" aria-label="Allow notifications" title="Allow notifications" @click=${this.onNotifications}>${BELL}</button>` : nothing}
      <button type="button" class="icon" aria-pressed=${sound} aria-label="Sound" title=${sound ? 'Sound is on' : 'Sound is off'} @click=${this.onSound}>${sound ? SOUND : SILENT}</button>
      <button type="button" class="icon wide" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" @click=${() => this.dialog('shortcuts')}>${KEYS}</button>
      <span class="me">${state.me?.name}</span>
      <button type="button" class="icon" aria-label="Sign out" title="Sign out" @click=${() => void this.store.signOut()}>${EXIT}</button>
    </div>`;
  }

  private readonly onNotifications = async (): Promise<void> => {
    await askForNotifications();
    this.requestUpdate();
  };

  private readonly onSound = (): void => {
    const now = memory.preferences();
    memory.keepPreferences({ ...now, sound: !now.sound });
    this.requestUpdate();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.store.state.phase !== 'signed_in' || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (event.key === 'Escape' && target.id === 'filter') target.blur();
    if (target.closest('input, textarea, select, dialog')) return;
    const run = this.shortcut(event.key);
    if (!run) return;
    event.preventDefault();
    run();
  };

  private shortcut(key: string): (() => void) | null {
    const { state } = this.store;
    const list = LISTS[Number(key) - 1];
    if (list) return () => this.store.show(list);
    switch (key) {
      case 'j':
      case 'k':
        return () => this.store.step(key === 'j' ? 1 : -1);
      case 'c': {
        const owner = state.open && state.conversations.get(state.open.id)?.owner;
        return owner && owner !== 'agent' ? () => void this.store.act('claim') : null;
      }
      case 'r':
        return () => this.composer?.write('reply');
      case 'n':
        return () => this.composer?.write('note');
      case 'a':
        return () => this.composer?.toggleAnswers();
      case '/':
        return () => this.querySelector<HTMLInputElement>('#filter')?.focus();
      case '?':
        return () => this.dialog('shortcuts');
      default:
        return null;
    }
  }

  private jump(eventId: string): void {
    this.atEnd = false;
    if (this.narrow.matches) this.brief = false;
    void this.updateComplete.then(() => jumpTo(this, eventId));
  }

  private dialog(id: string): void {
    this.querySelector<HTMLDialogElement>(`#${id}`)?.showModal();
  }

  private get composer(): BatonComposer | null {
    return this.querySelector('baton-composer');
  }
}
