// What the console keeps in the agent's browser: drafts, replies not confirmed yet, and a few preferences.
import type { Mode, Pending } from './state.ts';

const PREFIX = 'baton.console.';

export interface Preferences {
  sound: boolean;
  enterSends: boolean;
}

function read<T>(key: string, otherwise: T): T {
  try {
    return (JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null') as T | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // No storage, or it is full: what is on the screen stays, it only does not survive a reload.
  }
}

export const memory = {
  draft: (id: string, mode: Mode): string => read(`draft.${id}.${mode}`, ''),
  keepDraft: (id: string, mode: Mode, text: string): void => write(`draft.${id}.${mode}`, text || null),
  /** Per agent: what one wrote is never sent in another's name. */
  pending: (agentId: string): Pending[] => read<Pending[]>(`pending.${agentId}`, []),
  keepPending: (agentId: string, pending: readonly Pending[]): void =>
    write(`pending.${agentId}`, pending.length ? pending : null),
  preferences: (): Preferences => ({ sound: true, enterSends: true, ...read<Partial<Preferences>>('preferences', {}) }),
  keepPreferences: (preferences: Preferences): void => write('preferences', preferences),
  /** Signing out leaves nothing of customers behind. */
  forget(): void {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`${PREFIX}draft.`) || key.startsWith(`${PREFIX}pending.`)) localStorage.removeItem(key);
    }
  },
};
