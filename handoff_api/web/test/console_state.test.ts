import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Me, Summary } from '../src/console/model.ts';
import {
  type Action,
  type ConsoleState,
  completeness,
  counts,
  INITIAL,
  listed,
  newsFor,
  type Pending,
  reduce,
  waitingForMe,
} from '../src/console/state.ts';
import { contactName, eventLine, fillReply } from '../src/console/words.ts';
import { event } from './events.ts';

const ME: Me = { id: 'a-1', name: 'Priya', email: 'p@example.com', role: 'agent' };

function summary(id: string, more: Partial<Summary> = {}): Summary {
  return {
    id,
    owner: 'queue',
    epoch: 1,
    seq: 5,
    channel: 'widget',
    contact: { id: 'v-abcdef' },
    handoff: null,
    agent: null,
    last_message: { author: { type: 'contact' }, text: 'hello', at: '2026-11-22T09:00:00.000Z' },
    updated_at: '2026-11-22T09:00:00.000Z',
    ...more,
  };
}

function after(...actions: Action[]): ConsoleState {
  return actions.reduce(reduce, reduce(INITIAL, { type: 'signed_in', me: ME }));
}

const snapshot = (...conversations: Summary[]): Action => ({ type: 'snapshot', conversations, agents: [], waiting: 0 });
const changed = (...conversations: Summary[]): Action => ({ type: 'summaries', conversations });
const mine = { owner: 'agent', agent: { id: 'a-1', name: 'Priya' } } as const;
const others = { owner: 'agent', agent: { id: 'a-2', name: 'Tom' } } as const;

function ids(state: ConsoleState, list: ConsoleState['list']): string[] {
  return listed({ ...state, list }).map((one) => one.id);
}

test('a conversation is in the lists its owner says', () => {
  const state = after(
    snapshot(
      summary('q'),
      summary('m', mine),
      summary('t', others),
      summary('b', { owner: 'bot' }),
      summary('c', { owner: 'closed' }),
    ),
  );
  assert.deepEqual(ids(state, 'queue'), ['q']);
  assert.deepEqual(ids(state, 'mine'), ['m']);
  assert.deepEqual(ids(state, 'open').sort(), ['m', 'q', 't']);
  assert.deepEqual(ids(state, 'bot'), ['b']);
  assert.deepEqual(ids(state, 'closed'), ['c']);
  assert.deepEqual(counts(state), { queue: 1, mine: 1, open: 3, bot: 1, closed: 1 });
});

test('an older summary never replaces a newer one, whichever wire it came by', () => {
  const state = after(
    snapshot(summary('x', { seq: 9, epoch: 3, ...mine })),
    changed(summary('x', { seq: 8, epoch: 2 })),
  );
  assert.equal(state.conversations.get('x')?.owner, 'agent');
  assert.equal(reduce(state, changed(summary('x', { seq: 10, epoch: 4 }))).conversations.get('x')?.owner, 'queue');
});

test('the same position update without a new event is taken', () => {
  const state = after(snapshot(summary('x', { position: 3 })), changed(summary('x', { position: 2 })));
  assert.equal(state.conversations.get('x')?.position, 2);
});

test('snapshot and changes, however they are cut, equal a fresh snapshot', () => {
  let random = 11;
  const next = (below: number) => {
    random = (random * 1103515245 + 12345) % 2147483648;
    return Math.floor((random / 2147483648) * below);
  };
  const owners: Partial<Summary>[] = [
    { owner: 'bot', agent: null },
    { owner: 'queue', agent: null },
    mine,
    others,
    { owner: 'closed', agent: null },
  ];
  for (let round = 0; round < 200; round += 1) {
    const truth = new Map<string, Summary>();
    let live = after(snapshot());
    for (let step = 0; step < 40; step += 1) {
      const id = `c${next(6)}`;
      const was = truth.get(id) ?? summary(id, { seq: 0, epoch: 0 });
      const one = { ...was, ...owners[next(owners.length)], seq: was.seq + 1, epoch: was.epoch + 1 } as Summary;
      truth.set(id, one);
      live = reduce(live, changed(one));
      // A late answer to an earlier call, and now and then a reconnect.
      if (next(3) === 0) live = reduce(live, changed(was));
      if (next(10) === 0) live = reduce(live, snapshot(...truth.values()));
    }
    const fresh = after(snapshot(...truth.values()));
    assert.deepEqual(new Map([...live.conversations].sort()), new Map([...fresh.conversations].sort()));
    assert.deepEqual(counts(live), counts(fresh));
  }
});

test('the queue stands in order of place, other lists by the newest message', () => {
  const at = (minute: number) => ({
    last_message: { author: { type: 'contact' as const }, text: '', at: `2026-11-22T09:0${minute}:00.000Z` },
  });
  const state = after(
    snapshot(
      summary('second', { position: 2 }),
      summary('first', { position: 1 }),
      summary('old', { ...mine, ...at(1) }),
      summary('new', { ...mine, ...at(2) }),
    ),
  );
  assert.deepEqual(ids(state, 'queue'), ['first', 'second']);
  assert.deepEqual(ids(state, 'mine'), ['new', 'old']);
});

test('searching looks at name, address and last words', () => {
  const state = after(
    snapshot(
      summary('a', { contact: { id: 'v-1', name: 'Ada Byron' } }),
      summary('b', { contact: { id: 'v-2', email: 'bob@example.com' } }),
    ),
    { type: 'filter', filter: ' BYRON ' },
  );
  assert.deepEqual(ids(state, 'queue'), ['a']);
});

test('complete means every entry from the first to the newest known', () => {
  const open: Action = { type: 'opened', id: 'x' };
  const brief = { reason_text: '', evidence: [], tried: [], facts: [], signals: [] };
  const whole: Action = {
    type: 'whole',
    whole: { conversation: summary('x', { seq: 3 }), brief, events: [1, 2, 3].map((n) => event(n)), total: 3 },
  };
  const state = after(open, whole);
  assert.deepEqual(completeness(state), { held: 3, total: 3 });
  const behind = reduce(state, changed(summary('x', { seq: 5 })));
  assert.deepEqual(completeness(behind), { held: 3, total: 5 });
  const gap = reduce(behind, { type: 'event', conversation_id: 'x', event: event(5) });
  assert.deepEqual(completeness(gap), { held: 3, total: 5 });
  assert.deepEqual(completeness(reduce(gap, { type: 'event', conversation_id: 'x', event: event(4) })), {
    held: 5,
    total: 5,
  });
});

test('events of another conversation do not enter the open one', () => {
  const state = after({ type: 'opened', id: 'x' }, { type: 'event', conversation_id: 'y', event: event(1) });
  assert.equal(state.open?.transcript.events.length, 0);
});

test('a reply is pending until its own event or answer confirms it', () => {
  const pending: Pending = {
    command_id: 'k-1',
    conversation_id: 'x',
    mode: 'reply',
    text: 'hi',
    written: 0,
    state: 'sending',
  };
  const state = after({ type: 'opened', id: 'x' }, { type: 'wrote', pending });
  const other = reduce(state, { type: 'event', conversation_id: 'x', event: event(1, { data: { client_id: 'k-2' } }) });
  assert.equal(other.pending.length, 1);
  assert.equal(
    reduce(other, { type: 'event', conversation_id: 'x', event: event(2, { data: { client_id: 'k-1' } }) }).pending
      .length,
    0,
  );
  assert.equal(reduce(state, { type: 'sent', command_id: 'k-1' }).pending.length, 0);
  const refused = reduce(state, {
    type: 'not_sent',
    command_id: 'k-1',
    state: 'refused',
    reason: 'Already claimed by Tom',
  });
  assert.deepEqual(refused.pending[0], { ...pending, state: 'refused', reason: 'Already claimed by Tom' });
});

test('signing out forgets every conversation', () => {
  const state = reduce(after(snapshot(summary('q')), { type: 'opened', id: 'q' }), { type: 'signed_out' });
  assert.equal(state.conversations.size, 0);
  assert.equal(state.open, null);
  assert.equal(state.me, null);
});

test('news are what entered the queue and what my customers wrote, not the first snapshot', () => {
  const empty = after();
  const first = reduce(empty, snapshot(summary('q')));
  assert.deepEqual(newsFor(ME, empty, first), { queued: [], written: [] });
  const second = reduce(first, changed(summary('n', { seq: 1 })));
  assert.deepEqual(
    newsFor(ME, first, second).queued.map((one) => one.id),
    ['n'],
  );
  const held = reduce(second, changed(summary('n', { ...mine, seq: 2 })));
  const said = { author: { type: 'contact' as const }, text: 'hello?', at: '2026-11-22T09:05:00.000Z' };
  const wrote = reduce(held, changed(summary('n', { ...mine, seq: 3, last_message: said })));
  assert.deepEqual(
    newsFor(ME, held, wrote).written.map((one) => one.id),
    ['n'],
  );
  assert.deepEqual(newsFor(ME, second, held), { queued: [], written: [] });
});

test('every kind of event has a line in plain words', () => {
  const line = (kind: Parameters<typeof event>[1]) => eventLine(event(1, kind));
  const tom = { author: { type: 'agent' as const, name: 'Tom' } };
  assert.equal(line({ kind: 'conversation.claimed', ...tom }), 'Tom took over');
  assert.equal(
    line({ kind: 'conversation.transferred', ...tom, data: { to: { name: 'Priya' } } }),
    'Tom passed it to Priya',
  );
  assert.equal(
    line({ kind: 'handoff.requested', author: { type: 'bot' }, data: { reason: 'frustrated' } }),
    'The assistant asked for a person: frustrated',
  );
  assert.equal(line({ kind: 'rating.given', data: { csat: 2, comment: 'slow' } }), 'The customer rated 2 of 5: “slow”');
  assert.equal(line({ kind: 'fact.noted', data: { name: 'order_number', value: 'MF-1' } }), 'Noted: Order number MF-1');
  assert.equal(contactName(summary('x')), 'Visitor abcd');
});

test('mine that wait are those where the last word to the customer was not a person’s', () => {
  const last = (type: 'contact' | 'agent' | 'system') => ({
    author: { type },
    text: 'x',
    at: '2026-11-22T09:00:00.000Z',
  });
  const state = after(
    snapshot(
      summary('asked', { ...mine, last_message: last('contact') }),
      summary('told to wait', { ...mine, last_message: last('system') }),
      summary('answered', { ...mine, last_message: last('agent') }),
      summary('of another', { ...others, last_message: last('contact') }),
      summary('queued', { last_message: last('contact') }),
    ),
  );
  assert.equal(waitingForMe(state), 2);
});

test('the list is searched by what the customer said and by what is known of them', () => {
  const state = after(
    snapshot(
      summary('a', { facts: ['MF-204518'] }),
      summary('b', { last_said: 'the shade is broken' }),
      summary('c', { contact: { id: 'v-1234ff' } }),
    ),
  );
  const found = (filter: string) => ids(reduce(state, { type: 'filter', filter }), 'queue');
  assert.deepEqual(found('204518'), ['a']);
  assert.deepEqual(found('Broken'), ['b']);
  assert.deepEqual(found('visitor 1234'), ['c']);
});

test('a saved reply addresses whom it knows by name, and nobody else by anything', () => {
  const text = 'Hello {customer}, this is {agent}.';
  assert.equal(fillReply(text, 'Ana', 'Priya'), 'Hello Ana, this is Priya.');
  assert.equal(fillReply(text, undefined, 'Priya'), 'Hello, this is Priya.');
  assert.equal(fillReply('{agent}: $& {customer}', '$1', '$&'), '$&: $& $1');
});

test('another list is shown whole, whatever was searched in the one before', () => {
  const state = after({ type: 'filter', filter: 'ana' });
  assert.equal(reduce(state, { type: 'list', list: 'queue' }).filter, 'ana');
  assert.equal(reduce(state, { type: 'list', list: 'mine' }).filter, '');
});

test('of very many who wait the first are listed and all are counted', () => {
  const thousand = Array.from({ length: 1000 }, (_, n) => summary(`q${n}`, { position: n + 1 }));
  const state = after(snapshot(...thousand), { type: 'queue', waiting: 1001 });
  assert.equal(counts(state).queue, 1001);
  assert.equal(counts(state).open, 1001);
  assert.equal(ids(state, 'queue').length, 1000);
});

test('the list counts where the number is older than it', () => {
  assert.equal(counts(after({ type: 'queue', waiting: 7 }, changed(summary('q')))).queue, 1);
});
