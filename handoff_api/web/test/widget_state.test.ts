import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent, Status } from '../src/shared/wire.ts';
import {
  type Action,
  botOwes,
  INITIAL,
  type Outgoing,
  ratable,
  reduce,
  unread,
  type WidgetState,
} from '../src/widget/state.ts';
import { ENGLISH } from '../src/widget/strings.ts';
import { asText, statusLine, timeline } from '../src/widget/timeline.ts';
import { event } from './events.ts';

const NOW = new Date(Date.UTC(2026, 10, 22, 12));

function after(...actions: Action[]): WidgetState {
  return actions.reduce(reduce, INITIAL);
}

function outgoing(id: string, text = id): Outgoing {
  return { client_id: id, text, written: NOW.getTime(), state: 'sending' };
}

const wrote = (id: string): Action => ({ type: 'wrote', message: outgoing(id) });
const accepted = (id: string, seq: number): Action => ({ type: 'accepted', client_id: id, seq });
const came = (...events: LogEvent[]): Action => ({ type: 'events', events });
const owner = (value: Status['owner'], more: Partial<Status> = {}): Action => ({
  type: 'status',
  status: { owner: value, ...more },
});
const mine = (seq: number, id: string) => event(seq, { text: id, data: { client_id: id } });
const bot = (seq: number, more: Partial<LogEvent> = {}) => event(seq, { author: { type: 'bot' }, ...more });
const agent = (seq: number, more: Partial<LogEvent> = {}) =>
  event(seq, { author: { type: 'agent', name: 'Priya' }, ...more });
const change = (seq: number, kind: LogEvent['kind'], more: Partial<LogEvent> = {}) =>
  event(seq, { kind, author: { type: 'agent', name: 'Priya' }, text: '', ...more });

/** What stands on the screen, without days. */
function shown(state: WidgetState): string[] {
  return timeline(state, ENGLISH, NOW, 'en-GB').flatMap((item) => (item.kind === 'day' ? [] : [item.text]));
}

test('a message is on the screen exactly once, whichever of event and acceptance comes first', () => {
  const eventFirst = after(wrote('a'), came(mine(1, 'a')));
  const acceptedFirst = after(wrote('a'), accepted('a', 1));
  assert.deepEqual(shown(eventFirst), ['a']);
  assert.deepEqual(shown(acceptedFirst), ['a']);
  assert.deepEqual(shown(reduce(eventFirst, accepted('a', 1))), ['a']);
  assert.deepEqual(shown(reduce(acceptedFirst, came(mine(1, 'a')))), ['a']);
  assert.deepEqual(reduce(acceptedFirst, came(mine(1, 'a'))).outbox, []);
});

test('an event of an older server without the client_id is matched by its cursor', () => {
  assert.deepEqual(after(wrote('a'), accepted('a', 3), came(event(3, { text: 'a' }))).outbox, []);
});

test('a message that is not accepted stays, late, refused or over a reload, until it is', () => {
  const late = after(wrote('a'), { type: 'tick', now: NOW.getTime() + 8_001 });
  assert.equal(late.outbox[0]?.state, 'unsent');
  assert.deepEqual(shown(late), ['a']);
  const refused = after(wrote('a'), { type: 'refused', client_id: 'a', reason: 'too long' });
  assert.equal(refused.outbox[0]?.state, 'refused');
  assert.deepEqual(shown(refused), ['a']);
  const resent = reduce(refused, { type: 'resent', client_id: 'a', now: 5 });
  assert.deepEqual(resent.outbox, [{ client_id: 'a', text: 'a', written: 5, state: 'sending' }]);
  assert.deepEqual(after(wrote('a'), { type: 'tick', now: NOW.getTime() + 7_999 }).outbox[0]?.state, 'sending');
});

test('an accepted message is never shown as late', () => {
  const state = after(wrote('a'), accepted('a', 1), { type: 'tick', now: NOW.getTime() + 60_000 });
  assert.equal(state.outbox[0]?.state, 'sending');
});

test('any interleaving of three messages, their events and acceptances ends with each once and in order', () => {
  const steps: Action[] = ['a', 'b', 'c'].flatMap((id, index) => [accepted(id, index + 1), came(mine(index + 1, id))]);
  let random = 7;
  const next = (below: number) => {
    random = (random * 1103515245 + 12345) % 2147483648;
    return random % below;
  };
  for (let round = 0; round < 500; round += 1) {
    const order = [...steps, ...steps.filter(() => next(2))];
    for (let i = order.length - 1; i > 0; i -= 1) {
      const j = next(i + 1);
      [order[i], order[j]] = [order[j] as Action, order[i] as Action];
    }
    const start = after(wrote('a'), wrote('b'), wrote('c'));
    const end = order.reduce((state, action) => {
      const step = reduce(state, action);
      for (const text of ['a', 'b', 'c']) assert.equal(shown(step).filter((one) => one === text).length, 1);
      return step;
    }, start);
    assert.deepEqual(shown(end), ['a', 'b', 'c']);
    assert.deepEqual(end.outbox, []);
  }
});

test('a conversation the switchboard forgot takes nothing unsent with it', () => {
  const state = after(came(mine(1, 'old')), wrote('a'), accepted('a', 2), wrote('b'), { type: 'forgotten' });
  assert.deepEqual(shown(state), ['a', 'b']);
  assert.equal(state.outbox[0]?.seq, undefined);
  assert.equal(state.known, false);
});

test('the bot owes a reply to the last message only while it is the owner', () => {
  assert.equal(botOwes(after(came(mine(1, 'a')))), 1);
  assert.equal(botOwes(after(came(mine(1, 'a'), bot(2)))), 0);
  assert.equal(botOwes(after(came(mine(1, 'a')), owner('queue'))), 0);
  assert.equal(botOwes(after(came(mine(1, 'a')), owner('agent'))), 0);
  assert.equal(botOwes(after(wrote('a'))), 0, 'nothing is owed before it is accepted');
  assert.equal(botOwes(after(came(mine(1, 'a'), change(2, 'conversation.returned')))), 0);
});

test('unread are messages of others after the last one read', () => {
  const state = after(came(mine(1, 'a'), bot(2), change(3, 'conversation.claimed'), agent(4)));
  assert.equal(unread(state), 2);
  assert.equal(unread(reduce(state, { type: 'read', seq: 2 })), 1);
  assert.equal(unread(reduce(reduce(state, { type: 'read', seq: 4 }), { type: 'read', seq: 1 })), 0);
});

test('each closing may be rated once, and skipping asks no more', () => {
  const closed = after(came(agent(1), change(2, 'conversation.resolved')), owner('closed'));
  assert.equal(ratable(closed), 2);
  assert.equal(ratable(reduce(closed, { type: 'rating_skipped', seq: 2 })), 0);
  const rated = reduce(closed, came(change(3, 'rating.given', { author: { type: 'contact' } })));
  assert.equal(ratable(rated), 0);
  const again = reduce(reduce(rated, came(mine(4, 'x'), change(5, 'conversation.resolved'))), owner('closed'));
  assert.equal(ratable(again), 5);
  assert.equal(ratable(reduce(again, owner('bot'))), 0);
});

test('a wish for a person and a rating are kept until they are answered', () => {
  const wished = after({ type: 'wished', client_id: 'w' }, owner('bot'));
  assert.equal(wished.wish, 'w');
  assert.equal(statusLine(wished, ENGLISH), 'Asking for a person');
  assert.equal(reduce(wished, accepted('w', 5)).wish, null);
  const rated = after({ type: 'rated', rating: { client_id: 'r', csat: 4, comment: '' } });
  assert.equal(reduce(rated, accepted('other', 1)).rating?.csat, 4);
  assert.equal(reduce(rated, accepted('r', 1)).rating, null);
});

test('the status says who, which place and how long', () => {
  const line = (...actions: Action[]) => statusLine(after(...actions), ENGLISH);
  assert.equal(line(owner('bot')), 'You are talking with our assistant');
  assert.equal(line(owner('queue', { position: 2, eta_s: 180 })), 'You are number 2 in line, about 3 minutes');
  assert.equal(line(owner('queue', { position: 1, eta_s: 20 })), 'You are next in line, less than a minute');
  assert.equal(line(owner('queue', { position: 3, eta_s: 60 })), 'You are number 3 in line, about a minute');
  assert.equal(line(owner('queue', { position: 3 })), 'You are number 3 in line');
  assert.equal(
    line(owner('queue', { position: 3, eta_s: 60, people_online: false })),
    'You are number 3 in line. Nobody is at the desk now.',
  );
  assert.equal(line(owner('queue')), 'You are waiting for a person');
  assert.equal(line(owner('agent', { agent: { name: 'Priya' } })), 'You are talking with Priya');
  assert.equal(line(owner('closed')), 'Closed. Write to go on.');
});

test('changes of owner are dividers that name the person; the same one twice is drawn once', () => {
  const state = after(
    came(
      mine(1, 'help'),
      change(2, 'handoff.requested', { author: { type: 'bot' } }),
      change(3, 'conversation.queued', { author: { type: 'system' } }),
      change(4, 'conversation.claimed'),
      change(5, 'conversation.transferred', { data: { to: { name: 'Tom' } } }),
      change(6, 'conversation.returned'),
      change(7, 'conversation.resolved'),
      change(8, 'rating.given', { author: { type: 'contact' }, data: { csat: 5 } }),
    ),
  );
  assert.deepEqual(shown(state), [
    'help',
    'A person will take over',
    'Priya joined',
    'Tom joined',
    'You are talking with our assistant again',
    'Conversation closed',
    'You rated this 5 of 5',
  ]);
});

test('buttons can be pressed only under the last message, and not twice', () => {
  const buttons = [{ title: 'Yes', payload: 'helped:yes' }];
  const pressable = (state: WidgetState) =>
    timeline(state, ENGLISH, NOW).flatMap((item) => (item.kind === 'message' ? item.buttons : []));
  const offered = after(came(bot(1, { buttons })));
  assert.deepEqual(pressable(offered), buttons);
  assert.deepEqual(pressable(reduce(offered, wrote('Yes'))), []);
  assert.deepEqual(pressable(reduce(offered, came(bot(2)))), []);
  assert.deepEqual(pressable(reduce(offered, owner('agent'))), []);
});

test('days divide, names stand once per run of messages', () => {
  const state = after(
    came(event(1, { at: '2026-11-20T10:00:00Z' }), bot(2, { at: '2026-11-21T10:00:00Z' }), bot(3), agent(4)),
  );
  const items = timeline(state, ENGLISH, NOW, 'en-GB');
  const days = items.flatMap((item) => (item.kind === 'day' ? [item.text] : []));
  assert.deepEqual(days, ['Friday 20 November', 'Yesterday', 'Today']);
  const firsts = items.flatMap((item) => (item.kind === 'message' ? [item.first] : []));
  assert.deepEqual(firsts, [true, true, true, true]);
  const run = timeline(after(came(bot(1), bot(2), agent(3), agent(4), mine(5, 'x'))), ENGLISH, NOW);
  assert.deepEqual(
    run.flatMap((item) => (item.kind === 'message' ? [item.first] : [])),
    [true, false, true, false, true],
  );
});

test('the saved text holds every message and change', () => {
  const text = asText(
    timeline(after(came(mine(1, 'hi'), bot(2, { text: 'hello' }), change(3, 'conversation.claimed'))), ENGLISH, NOW),
    'Help',
  );
  for (const part of ['Help', 'You (', 'hi', 'Assistant (', 'hello', '--- Priya joined ---'])
    assert.ok(text.includes(part), part);
});
