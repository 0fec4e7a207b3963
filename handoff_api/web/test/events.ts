// Events for tests.
import type { LogEvent } from '../src/shared/wire.ts';

export function event(seq: number, more: Partial<LogEvent> = {}): LogEvent {
  return {
    id: `c0-x.${seq}`,
    seq,
    at: new Date(Date.UTC(2026, 10, 22, 9, 0, seq)).toISOString(),
    kind: 'message.sent',
    author: { type: 'contact' },
    text: `message ${seq}`,
    ...more,
  };
}
