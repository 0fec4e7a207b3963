// <baton-composer>: writes a reply or a private note. Its draft is kept per conversation and kind.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { memory } from '../memory.ts';
import type { Mode } from '../state.ts';
import { fillReply } from '../words.ts';

const LIMIT = 10_000;

export class BatonComposer extends LitElement {
  static override properties = {
    conversation: {},
    /** Why a reply cannot be written now; empty when it can. */
    barred: {},
    contact: {},
    /** The customer's own name, where it is known, and the agent's: saved replies hold places for both. */
    customer: {},
    agent: {},
    /** What the customer wrote last. */
    said: {},
    mode: { state: true },
    text: { state: true },
    enterSends: { state: true },
    answers: { state: true },
  };

  declare conversation: string;
  declare barred: string;
  declare contact: string;
  declare customer: string | undefined;
  declare agent: string;
  declare said: string;
  declare private mode: Mode;
  declare private text: string;
  declare private enterSends: boolean;
  declare private answers: boolean;

  constructor() {
    super();
    this.conversation = this.barred = this.contact = this.agent = this.said = this.text = '';
    this.answers = false;
    this.mode = 'reply';
    this.enterSends = memory.preferences().enterSends;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  write(mode: Mode): void {
    this.switchTo(mode);
    void this.updateComplete.then(() => this.field?.focus());
  }

  /** Opens or closes the answers, where a reply can be written. */
  toggleAnswers(): void {
    if (this.barred) return;
    this.switchTo('reply');
    this.answers = !this.answers;
    if (!this.answers) this.write('reply');
  }

  /** Puts a text that could not be sent back, before what is being written now. */
  takeBack(mode: Mode, text: string): void {
    this.switchTo(mode);
    this.keep([text, this.text].filter(Boolean).join('\n'));
    this.write(mode);
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (!changes.has('conversation')) return;
    // A note meant for one conversation says nothing about the next.
    this.mode = 'reply';
    this.answers = false;
    this.text = memory.draft(this.conversation, this.mode);
  }

  protected override updated(): void {
    const field = this.field;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${Math.min(260, field.scrollHeight + 2)}px`;
  }

  protected override render(): TemplateResult {
    const note = this.mode === 'note';
    const over = [...this.text].length - LIMIT;
    const barred = !note && this.barred;
    return html`<form class="composer ${this.mode}" @submit=${this.onSubmit}>
      <div class="kinds" role="group" aria-label="Kind of message">
        <button type="button" aria-pressed=${!note} @click=${() => this.write('reply')}>Reply</button>
        <button type="button" aria-pressed=${note} @click=${() => this.write('note')}>Private note</button>
        ${barred || note ? nothing : html`<button type="button" class="find" aria-expanded=${this.answers} title="Answers (a)" @click=${() => this.toggleAnswers()}>Answers</button>`}
      </div>
      ${
        this.answers && !barred && !note
          ? html`<baton-answers
              .said=${this.said}
              @chosen=${(event: CustomEvent<string>) => this.insert(fillReply(event.detail, this.customer, this.agent))}
              @closed=${() => this.toggleAnswers()}
            ></baton-answers>`
          : nothing
      }
      ${
        barred
          ? html`<p class="barred">${barred}</p>`
          : html`<textarea
              rows="2"
              dir="auto"
              aria-label=${note ? 'Private note for colleagues' : `Reply to ${this.contact}`}
              placeholder=${note ? 'Only colleagues see this' : `Reply to ${this.contact}`}
              .value=${this.text}
              @input=${this.onInput}
              @keydown=${this.onKey}
            ></textarea>`
      }
      ${
        barred
          ? nothing
          : html`<div class="foot">
              <label class="check"><input type="checkbox" .checked=${this.enterSends} @change=${this.onEnterSends} /> Enter sends</label>
              <span class="counter ${over > 0 ? 'bad' : ''}" role="status">${over > -500 ? (over > 0 ? `${over} characters too many` : `${-over} characters left`) : ''}</span>
              <button class="main" type="submit" ?disabled=${!this.text.trim() || over > 0}>${note ? 'Add note' : 'Send'}</button>
            </div>`
      }
    </form>`;
  }

  private get field(): HTMLTextAreaElement | null {
    return this.querySelector('textarea');
  }

  private switchTo(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.text = memory.draft(this.conversation, mode);
  }

  /** Puts a text where the cursor is. */
  private insert(text: string): void {
    const field = this.field;
    const [from, to] = [field?.selectionStart ?? this.text.length, field?.selectionEnd ?? this.text.length];
    const before = this.text.slice(0, from);
    const joint = before && !/\s$/.test(before) ? '\n' : '';
    this.keep(before + joint + text + this.text.slice(to));
    this.answers = false;
    this.write('reply');
    void this.updateComplete.then(() => {
      const end = before.length + joint.length + text.length;
      this.field?.setSelectionRange(end, end);
    });
  }

  private keep(text: string): void {
    this.text = text;
    memory.keepDraft(this.conversation, this.mode, text);
  }

  private readonly onInput = (event: InputEvent): void => {
    this.keep((event.target as HTMLTextAreaElement).value);
    if (this.mode === 'reply' && this.text) this.dispatchEvent(new CustomEvent('writing'));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.field?.blur();
    if (event.key !== 'Enter' || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || (this.enterSends && !event.shiftKey)) {
      event.preventDefault();
      this.send();
    }
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    this.send();
  };

  private readonly onEnterSends = (event: Event): void => {
    this.enterSends = (event.target as HTMLInputElement).checked;
    memory.keepPreferences({ ...memory.preferences(), enterSends: this.enterSends });
  };

  private send(): void {
    const text = this.text.trim();
    if (!text || [...text].length > LIMIT) return;
    const detail = { mode: this.mode, text };
    this.keep('');
    this.dispatchEvent(new CustomEvent('written', { detail }));
    this.field?.focus();
  }
}
