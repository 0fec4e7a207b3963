// The two dialogs: passing a conversation on, and the keyboard's shortcuts.
import { html, type TemplateResult } from 'lit';
import type { ConsoleState } from '../state.ts';
import type { Store } from '../store.ts';

export const SHORTCUTS: readonly [string, string][] = [
  ['j / k', 'next and previous conversation'],
  ['c', 'claim the conversation'],
  ['r', 'write a reply'],
  ['n', 'write a private note'],
  ['a', 'find an answer or a saved reply'],
  ['/', 'search the list'],
  ['1 to 5', 'choose a list'],
  ['Esc', 'leave a field'],
  ['?', 'this help'],
];

export function transferDialog(state: ConsoleState, store: Store): TemplateResult {
  const others = state.agents
    .filter((agent) => agent.id !== state.me?.id)
    .sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name));
  const submit = (event: SubmitEvent) => {
    const form = event.target as HTMLFormElement;
    if ((event.submitter as HTMLButtonElement | null)?.value !== 'transfer') return;
    const given = new FormData(form);
    const note = String(given.get('note') ?? '').trim();
    void store.act('transfer', { agent_id: String(given.get('agent')), ...(note ? { note } : {}) });
    form.reset();
  };
  return html`<dialog id="transfer" aria-labelledby="transfer-title">
    <form method="dialog" @submit=${submit}>
      <h2 id="transfer-title">Transfer to a colleague</h2>
      ${
        others.length
          ? html`<label>Colleague
                <select name="agent">
                  ${others.map((agent) => html`<option value=${agent.id}>${agent.name}${agent.online ? '' : ' (away)'}</option>`)}
                </select></label
              >
              <label>Private note (optional) <textarea name="note" rows="3" maxlength="5000" placeholder="What should they know?"></textarea></label>`
          : html`<p>There is no other agent yet.</p>`
      }
      <div class="row">
        <button type="submit" class="plain" value="cancel">Cancel</button>
        ${others.length ? html`<button type="submit" class="main" value="transfer">Transfer</button>` : ''}
      </div>
    </form>
  </dialog>`;
}

export function shortcutsDialog(): TemplateResult {
  return html`<dialog id="shortcuts" aria-labelledby="shortcuts-title">
    <form method="dialog">
      <h2 id="shortcuts-title">Keyboard</h2>
      <dl class="keys">${SHORTCUTS.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
      <div class="row"><button type="submit" class="main">Close</button></div>
    </form>
  </dialog>`;
}
