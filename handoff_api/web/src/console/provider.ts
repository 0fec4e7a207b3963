// What the log says of a messaging app: which messages did not arrive, and which files came with a message.
import type { LogEvent } from '../shared/wire.ts';

export interface Delivery {
  status: 'delayed' | 'sent' | 'failed';
  why?: string;
}

export interface SentFile {
  index: number;
  kind: string;
  name?: string;
  size?: number;
}

/** The newest word on each message that did not arrive at once, by the message's id. */
export function deliveriesOf(events: readonly LogEvent[]): Map<string, Delivery> {
  const found = new Map<string, Delivery>();
  for (const event of events) {
    if (event.kind !== 'delivery.updated') continue;
    const { message_id, status, why } = event.data ?? {};
    if (status !== 'delayed' && status !== 'sent' && status !== 'failed') continue;
    found.set(String(message_id), { status, ...(why ? { why: String(why) } : {}) });
  }
  return found;
}

/** The files of a message that can be fetched; `index` is their place among its attachments. */
export function filesOf(event: LogEvent): SentFile[] {
  const attachments = event.data?.attachments;
  if (!Array.isArray(attachments)) return [];
  return attachments.flatMap((one, index) =>
    one?.file_id ? [{ index, kind: String(one.kind), name: one.name, size: one.size }] : [],
  );
}
