// The widget's HTTP calls to the switchboard.
import type { LogEvent, Status } from '../shared/wire.ts';
import type { ConversationKey } from './memory.ts';

/** The switchboard answered with an error: `code` is stable, `message` is for people. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface News {
  events: LogEvent[];
  cursor: string;
  status: Status;
}

export class Switchboard {
  constructor(private readonly base: string) {}

  start(about: { page: string; identity?: unknown; locale?: string }): Promise<ConversationKey> {
    return this.call('conversations', null, about);
  }

  send(
    token: string,
    message: { client_id: string; text: string; payload?: string },
  ): Promise<{ cursor: string; event: LogEvent }> {
    return this.call('messages', token, message);
  }

  news(token: string, after: number): Promise<News> {
    return this.call(`events?after=${after}`, token);
  }

  socketUrl(token: string, after: number): string {
    const url = new URL(`${this.base}/api/widget/ws`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.search = new URLSearchParams({ token, after: String(after) }).toString();
    return url.href;
  }

  private async call<T>(path: string, token: string | null, body?: unknown): Promise<T> {
    const response = await fetch(`${this.base}/api/widget/${path}`, {
      method: body ? 'POST' : 'GET',
      credentials: 'omit',
      headers: {
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok)
      throw new Refusal(response.status, String(answer.code ?? response.status), String(answer.message ?? ''));
    return answer as T;
  }
}
