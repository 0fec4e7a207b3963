// <baton-login>: the page before the console.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { Refusal } from '../api.ts';
import { MARK } from './icons.ts';

export class BatonLogin extends LitElement {
  static override properties = { signIn: { attribute: false }, busy: { state: true }, problem: { state: true } };

  declare signIn: (email: string, password: string) => Promise<void>;
  declare private busy: boolean;
  declare private problem: string;

  constructor() {
    super();
    this.busy = false;
    this.problem = '';
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>('input')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<main class="login">
      <form @submit=${this.onSubmit} novalidate>
        ${MARK}
        <h1>Sign in to Baton</h1>
        <p class="muted">The agent console</p>
        <label>E-mail <input name="email" type="email" autocomplete="username" required ?disabled=${this.busy} aria-describedby="problem" /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required ?disabled=${this.busy} aria-describedby="problem" /></label>
        <p id="problem" class="problem" role="alert">${this.problem || nothing}</p>
        <button class="main" type="submit" ?disabled=${this.busy}>${this.busy ? 'Signing in' : 'Sign in'}</button>
      </form>
    </main>`;
  }

  private readonly onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    const [email, password] = [String(given.get('email')).trim(), String(given.get('password'))];
    if (!email || !password) {
      this.problem = 'Please give both your e-mail address and your password.';
      return;
    }
    this.busy = true;
    this.problem = '';
    try {
      await this.signIn(email, password);
    } catch (problem) {
      this.problem = explain(problem);
    } finally {
      this.busy = false;
      await this.updateComplete;
      if (this.problem) this.querySelector<HTMLInputElement>('[name=password]')?.select();
    }
  };
}

function explain(problem: unknown): string {
  if (!(problem instanceof Refusal)) return 'The server cannot be reached. Please try again.';
  if (problem.code === 'bad_credentials') return 'This e-mail address and password do not belong together.';
  if (problem.status === 429) return problem.message || 'Too many attempts. Please wait a few minutes.';
  return problem.message;
}
