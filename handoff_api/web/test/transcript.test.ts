import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeUpTo, EMPTY, has, merge } from '../src/shared/transcript.ts';
import { event } from './events.ts';

const seqs = (transcript: { events: readonly { seq: number }[] }) => transcript.events.map((one) => one.seq);

test('events stand in order of seq, each once, whatever order they come in', () => {
  // Every order of five events, with each event also sent twice.
  const orders = permutations([1, 2, 3, 4, 5]);
  assert.equal(orders.length, 120);
  for (const order of orders) {
    let transcript = EMPTY;
    for (const seq of [...order, ...order]) transcript = merge(transcript, [event(seq)]);
    assert.deepEqual(seqs(transcript), [1, 2, 3, 4, 5]);
    assert.equal(transcript.lastSeq, 5);
  }
});

test('one batch with repeats and disorder equals the events one by one', () => {
  const batch = [4, 2, 2, 9, 1, 4].map((seq) => event(seq));
  const together = merge(EMPTY, batch);
  const single = batch.reduce((transcript, one) => merge(transcript, [one]), EMPTY);
  assert.deepEqual(seqs(together), [1, 2, 4, 9]);
  assert.deepEqual(seqs(single), seqs(together));
});

test('nothing new leaves the same object, so nothing is drawn again', () => {
  const transcript = merge(EMPTY, [event(1), event(2)]);
  assert.equal(merge(transcript, [event(2)]), transcript);
});

test('an older transcript is never changed by a merge', () => {
  const before = merge(EMPTY, [event(1), event(3)]);
  merge(before, [event(2), event(4)]);
  assert.deepEqual(seqs(before), [1, 3]);
});

test('has finds what is there, with gaps', () => {
  const transcript = merge(EMPTY, [event(1), event(3), event(7)]);
  assert.deepEqual(
    [1, 2, 3, 6, 7, 8].map((seq) => has(transcript, seq)),
    [true, false, true, false, true, false],
  );
});

test('complete up to the first gap', () => {
  assert.equal(completeUpTo(EMPTY), 0);
  assert.equal(completeUpTo(merge(EMPTY, [event(1), event(2), event(4)])), 2);
  assert.equal(completeUpTo(merge(EMPTY, [event(2)])), 0);
});

function permutations(items: number[]): number[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
