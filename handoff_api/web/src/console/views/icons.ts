// The console's drawings, inline so that nothing else is loaded.
import { html } from 'lit';

export const QUEUE = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/></svg>`;
export const MINE = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/></svg>`;
export const OPEN = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 13.5 6.4 5h11.2L20 13.5V19H4zM4 13.5h4.5l1 2.5h5l1-2.5H20"/></svg>`;
export const BOT = html`<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="4" y="8" width="16" height="11" rx="3.5"/><path d="M12 8V4.5M9 13h.01M15 13h.01" stroke-width="2.4"/></svg>`;
export const CLOSED = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="m8.5 12.3 2.4 2.4 4.6-5"/></svg>`;
export const BACK = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>`;
export const SOUND = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 9.5v5h3l4.5 4v-13l-4.5 4zM16 9.5a4 4 0 0 1 0 5M18.5 7a8 8 0 0 1 0 10"/></svg>`;
export const SILENT = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 9.5v5h3l4.5 4v-13l-4.5 4zM16.5 10l4 4M20.5 10l-4 4"/></svg>`;
export const BELL = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/></svg>`;
export const EXIT = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M14 5H6v14h8M11 12h9M17 8.5l3.5 3.5-3.5 3.5"/></svg>`;
export const KEYS = html`<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="6.5" width="18" height="11" rx="2.5"/><path d="M7 10.5h.01M11 10.5h.01M15 10.5h.01M8.5 14h7" stroke-width="2.2"/></svg>`;
export const SEARCH = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="6"/><path d="m15.5 15.5 4 4"/></svg>`;
export const INFO = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 11.5V16M12 8h.01" stroke-width="2.2"/></svg>`;
export const FLAG = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 20V5h11l-2.5 4 2.5 4H6"/></svg>`;
export const LOCK = html`<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="5.5" y="10.5" width="13" height="9" rx="2.5"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/></svg>`;
export const CHECK = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m5 12.5 4.5 4.5L19 7.5"/></svg>`;
export const DOWN = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4.5V15M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14"/></svg>`;
export const MARK = html`<svg viewBox="0 0 32 32" aria-hidden="true" class="mark"><rect width="32" height="32" rx="9"/><path d="M9 21.5 21.5 9"/><path d="m9 21.5 4-4"/></svg>`;
