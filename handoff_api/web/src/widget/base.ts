// The little of a component's base class that the widget needs, over Lit's templates. LitElement would take an eighth of
// the widget's 20 kB, which the page of somebody else's shop has to load.
import { render, type TemplateResult } from 'lit/html.js';

export abstract class BaseElement extends HTMLElement {
  protected readonly root = this.attachShadow({ mode: 'open' });
  updateComplete: Promise<void> = Promise.resolve();
  private due = false;

  /** Draws once, after everything that changes now has changed. */
  requestUpdate(): void {
    if (this.due || !this.isConnected) return;
    this.due = true;
    this.updateComplete = Promise.resolve().then(() => {
      this.due = false;
      this.willUpdate();
      render(this.render(), this.root, { host: this });
      this.updated();
    });
  }

  attributeChangedCallback(): void {
    this.requestUpdate();
  }

  protected abstract render(): TemplateResult;
  protected abstract willUpdate(): void;
  protected abstract updated(): void;
}

/** Turns fields of a class into ones that draw again when they are set. */
export function drawsAgain(element: typeof BaseElement, names: readonly string[]): void {
  for (const name of names) {
    const key = Symbol(name);
    Object.defineProperty(element.prototype, name, {
      get(this: Record<symbol, unknown>) {
        return this[key];
      },
      set(this: Record<symbol, unknown> & BaseElement, value: unknown) {
        if (this[key] === value) return;
        this[key] = value;
        this.requestUpdate();
      },
    });
  }
}

export function styleSheet(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
