// One WebSocket that comes back by itself: back-off with jitter, pings, and a limit on silence for half-open sockets.
import { backoff } from './backoff.ts';
import type { Frame } from './wire.ts';

export type Link = 'idle' | 'connecting' | 'open' | 'waiting';

export interface ConnectionOptions {
  /** Asked before each attempt, so that it can name the newest cursor. */
  url(): string;
  onOpen(): void;
  onFrame(frame: Frame): void;
  onLink(link: Link, failures: number): void;
  /** The server closed with one of its own codes (4xxx); true means do not try again. */
  onRefused(code: number): boolean;
  pingEvery: number;
}

/** A socket that answers nothing for this long after a ping is taken for dead. */
const SILENCE_MS = 8_000;

export class Connection {
  private socket: WebSocket | null = null;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pings: ReturnType<typeof setInterval> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  private link: Link = 'idle';

  constructor(private readonly options: ConnectionOptions) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.failures = 0;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.retry);
    this.drop();
    this.enter('idle');
  }

  /** Try now: the network is back, or the page is looked at again. */
  hurry(): void {
    if (this.wanted && this.link === 'waiting') this.connect();
    else if (this.link === 'open') this.ping();
  }

  send(frame: Frame): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.drop();
    this.enter('connecting');
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.options.url());
    } catch {
      this.lost(0);
      return;
    }
    this.socket = socket;
    this.silence = setTimeout(() => this.lost(0), SILENCE_MS);
    socket.onopen = () => {
      clearTimeout(this.silence);
      this.pings = setInterval(() => this.ping(), this.options.pingEvery);
      this.enter('open');
      this.options.onOpen();
    };
    socket.onmessage = (message) => this.receive(message.data);
    socket.onclose = (closed) => this.lost(closed.code);
  }

  private receive(data: unknown): void {
    clearTimeout(this.silence);
    this.failures = 0;
    const frame: unknown = JSON.parse(String(data));
    if (frame && typeof frame === 'object' && 'type' in frame) this.options.onFrame(frame as Frame);
  }

  private ping(): void {
    if (!this.send({ type: 'ping' })) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(0), SILENCE_MS);
  }

  private lost(code: number): void {
    this.drop();
    if (!this.wanted) return;
    if (code >= 4000 && this.options.onRefused(code)) {
      this.stop();
      return;
    }
    this.failures += 1;
    this.enter('waiting');
    this.retry = setTimeout(() => this.connect(), backoff(this.failures - 1));
  }

  /** Let go of the socket at once: waiting for the closing handshake of a dead one can take minutes. */
  private drop(): void {
    clearTimeout(this.silence);
    clearInterval(this.pings);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private enter(link: Link): void {
    if (link === this.link && link !== 'waiting') return;
    this.link = link;
    this.options.onLink(link, this.failures);
  }
}

/** Wakes a connection when the browser says the network or the reader is back. Returns how to stop. */
export function wakeOnReturn(connection: Connection): () => void {
  const wake = () => {
    if (!document.hidden) connection.hurry();
  };
  window.addEventListener('online', wake);
  document.addEventListener('visibilitychange', wake);
  return () => {
    window.removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', wake);
  };
}
