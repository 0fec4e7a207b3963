import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveriesOf, filesOf } from '../src/console/provider.ts';
import { deliveryWords, sizeWords } from '../src/console/words.ts';
import { event } from './events.ts';

test('a message that did not arrive is marked with the newest that is known of it', () => {
  const update = (seq: number, status: string, why?: string) =>
    event(seq, { kind: 'delivery.updated', author: { type: 'system' }, data: { message_id: 'c0-x.2', status, why } });
  assert.equal(deliveriesOf([event(1), event(2)]).size, 0);
  const late = [event(2), update(3, 'delayed', 'ConnectError')];
  assert.match(deliveryWords(deliveriesOf(late).get('c0-x.2') ?? {}), /^Not delivered yet, it is tried again: Conn/);
  assert.equal(deliveryWords(deliveriesOf([...late, update(4, 'sent')]).get('c0-x.2') ?? {}), 'Delivered late');
  const failed = deliveriesOf([...late, update(4, 'failed', 'bot was blocked by the user')]).get('c0-x.2');
  assert.equal(failed?.status, 'failed');
  assert.equal(deliveryWords(failed ?? {}), 'Not delivered: bot was blocked by the user');
});

test('files that can be fetched keep their place among the attachments', () => {
  const attachments = [
    { kind: 'location', latitude: 1, longitude: 2 },
    { kind: 'document', file_id: 'BQAC', name: 'invoice.pdf', size: 9_000 },
  ];
  assert.deepEqual(filesOf(event(1, { data: { attachments } })), [
    { index: 1, kind: 'document', name: 'invoice.pdf', size: 9_000 },
  ]);
  assert.deepEqual(filesOf(event(1)), []);
  assert.deepEqual([sizeWords(20), sizeWords(9_400), sizeWords(2_340_000)], ['1 kB', '9 kB', '2.3 MB']);
});
