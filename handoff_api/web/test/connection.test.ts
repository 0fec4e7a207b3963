import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { backoff } from '../src/shared/backoff.ts';
import { Connection, type Link } from '../src/shared/connection.ts';
import { type Frame, seqOf } from '../src/shared/wire.ts';

/** The browser's socket as the connection sees it; the test plays the other end. */
class Socket {
  static made: Socket[] = [];
  static get last(): Socket {
    const last = Socket.made.at(-1);
    assert.ok(last);
    return last;
  }
  readyState = 0;
  sent: Frame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    Socket.made.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  says(frame: Frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  breaks(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

let now = 0;
let timers: { at: number; every: number; run: () => void; id: number }[] = [];
const real = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  random: Math.random,
  WebSocket: globalThis.WebSocket,
};

beforeEach(() => {
  now = 0;
  timers = [];
  Socket.made = [];
  let id = 0;
  const set = (every: boolean) => (run: () => void, wait: number) => {
    timers.push({ at: now + wait, every: every ? wait : 0, run, id: ++id });
    return id;
  };
  const clear = (gone: number) => {
    timers = timers.filter((timer) => timer.id !== gone);
  };
  Object.assign(globalThis, {
    setTimeout: set(false),
    setInterval: set(true),
    clearTimeout: clear,
    clearInterval: clear,
    WebSocket: Socket,
  });
  Math.random = () => 1;
});

afterEach(() => {
  Math.random = real.random;
  Object.assign(globalThis, real);
});

function pass(time: number): void {
  const until = now + time;
  for (;;) {
    const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    now = next.at;
    if (next.every) next.at += next.every;
    else timers = timers.filter((timer) => timer !== next);
    next.run();
  }
  now = until;
}

function connection(refuse: (code: number) => boolean = () => false) {
  const seen = { frames: [] as Frame[], links: [] as Link[], opened: 0, cursor: 0 };
  const made = new Connection({
    url: () => `ws://here/?after=${seen.cursor}`,
    onOpen: () => {
      seen.opened += 1;
    },
    onFrame: (frame) => seen.frames.push(frame),
    onLink: (link) => seen.links.push(link),
    onRefused: refuse,
    pingEvery: 25_000,
  });
  return { made, seen };
}

test('comes back after a broken socket, later each time, and asks from the newest cursor', () => {
  const { made, seen } = connection();
  made.start();
  Socket.last.open();
  seen.cursor = 7;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = now;
    const count = Socket.made.length;
    Socket.last.breaks();
    while (Socket.made.length === count) pass(50);
    waits.push(now - before);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
  assert.equal(Socket.last.url, 'ws://here/?after=7');
});

test('a frame from the server makes the next wait short again', () => {
  const { made } = connection();
  made.start();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    Socket.last.breaks();
    pass(20_000);
  }
  Socket.last.open();
  Socket.last.says({ type: 'status' });
  const count = Socket.made.length;
  Socket.last.breaks();
  pass(500);
  assert.equal(Socket.made.length, count + 1);
});

test('a socket that answers no ping is given up, without waiting for its closing', () => {
  const { made, seen } = connection();
  made.start();
  Socket.last.open();
  pass(25_000);
  assert.deepEqual(Socket.last.sent, [{ type: 'ping' }]);
  pass(8_000);
  assert.equal(seen.links.at(-1), 'waiting');
  pass(500);
  assert.equal(Socket.made.length, 2);
});

test('a socket that answers stays', () => {
  const { made } = connection();
  made.start();
  Socket.last.open();
  for (let minute = 0; minute < 10; minute += 1) {
    pass(25_000);
    Socket.last.says({ type: 'pong' });
  }
  assert.equal(Socket.made.length, 1);
});

test('frames of a socket that was given up are not heard', () => {
  const { made, seen } = connection();
  made.start();
  const old = Socket.last;
  old.open();
  pass(33_000);
  pass(500);
  assert.equal(Socket.made.length, 2);
  old.says({ type: 'event' });
  assert.deepEqual(seen.frames, []);
});

test('hurry tries at once', () => {
  const { made } = connection();
  made.start();
  Socket.last.breaks();
  made.hurry();
  assert.equal(Socket.made.length, 2);
  pass(500);
  assert.equal(Socket.made.length, 2);
});

test('a refusal that is final ends it', () => {
  const { made, seen } = connection((code) => code === 4401);
  made.start();
  Socket.last.open();
  Socket.last.breaks(4401);
  pass(60_000);
  assert.equal(Socket.made.length, 1);
  assert.equal(seen.links.at(-1), 'idle');
});

test('nothing is sent while there is no socket, and the caller is told', () => {
  const { made } = connection();
  assert.equal(made.send({ type: 'typing' }), false);
  made.start();
  assert.equal(made.send({ type: 'typing' }), false);
  Socket.last.open();
  assert.equal(made.send({ type: 'typing' }), true);
  made.stop();
  assert.equal(made.send({ type: 'typing' }), false);
});

test('waits are spread over the upper half', () => {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const most = Math.min(20_000, 500 * 2 ** attempt);
    assert.equal(
      backoff(attempt, () => 0),
      Math.round(most / 2),
    );
    assert.equal(
      backoff(attempt, () => 1),
      most,
    );
  }
});

test('a cursor may carry the conversation id', () => {
  assert.deepEqual(
    ['17', 'c3-ab.17', 17, '', null, 'x', '-3', '1.5e3', '0'].map(seqOf),
    [17, 17, 17, 0, 0, 0, 0, 0, 0],
  );
});
