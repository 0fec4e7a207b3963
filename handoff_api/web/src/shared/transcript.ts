// A conversation's events as a browser holds them: in order of seq, each exactly once, whatever order they arrive in.
import type { LogEvent } from './wire.ts';

export interface Transcript {
  readonly events: readonly LogEvent[];
  readonly lastSeq: number;
}

export const EMPTY: Transcript = { events: [], lastSeq: 0 };

export function merge(transcript: Transcript, incoming: readonly LogEvent[]): Transcript {
  let { events, lastSeq } = transcript;
  let copied = false;
  for (const event of incoming) {
    if (event.seq > lastSeq) {
      if (!copied) events = [...events];
      copied = true;
      (events as LogEvent[]).push(event);
      lastSeq = event.seq;
    } else if (!has({ events, lastSeq }, event.seq)) {
      events = [...events, event].sort((a, b) => a.seq - b.seq);
      copied = true;
    }
  }
  return copied ? { events, lastSeq } : transcript;
}

export function has(transcript: Transcript, seq: number): boolean {
  if (seq > transcript.lastSeq) return false;
  let low = 0;
  let high = transcript.events.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = transcript.events[middle]?.seq ?? 0;
    if (found === seq) return true;
    if (found < seq) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** The seq after which something is missing: events are 1, 2, 3 ... without gaps where nothing is hidden from the reader. */
export function completeUpTo(transcript: Transcript): number {
  let expected = 1;
  for (const event of transcript.events) {
    if (event.seq !== expected) break;
    expected += 1;
  }
  return expected - 1;
}
