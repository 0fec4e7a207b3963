// The console's HTTP calls. The browser's cookie says who asks.
import type { Done, Me, Suggestion, Summary, Verb, Whole } from './model.ts';

/** The switchboard said no: `code` is stable, `message` is for people. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly conversation: Summary | null,
  ) {
    super(message);
  }

  /** Asking again would be answered the same. Too many requests, a lost login and a broken server pass. */
  get final(): boolean {
    return this.status < 500 && this.status !== 429 && this.status !== 401;
  }
}

export async function call<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/agent/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer as T;
  const message = answer.message || `The server answered ${response.status}`;
  throw new Refusal(response.status, String(answer.code ?? ''), message, answer.conversation ?? null);
}

const path = (id: string) => `conversations/${encodeURIComponent(id)}`;

export const api = {
  me: () => call<{ agent: Me }>('me'),
  login: (email: string, password: string) => call<{ agent: Me }>('login', { email, password }),
  logout: () => call<unknown>('logout', {}),
  list: (state: string, limit: number) =>
    call<{ conversations: Summary[] }>(`conversations?state=${state}&limit=${limit}`),
  suggestions: (words: string, most: number) =>
    call<{ suggestions: Suggestion[] }>(`suggestions?${new URLSearchParams({ words, most: String(most) })}`),
  whole: (id: string) => call<Whole>(path(id)),
  write: (id: string, what: 'messages' | 'notes', command: { command_id: string; text: string }) =>
    call<Done>(`${path(id)}/${what}`, command),
  act: (id: string, verb: Verb, command: Record<string, unknown>) => call<Done>(`${path(id)}/${verb}`, command),
};
