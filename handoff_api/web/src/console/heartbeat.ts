// A worker that only counts time. Browsers slow the timers of a page in the background down to one a minute;
// a worker's go on, so an agent who looks at another window is not taken for gone.

const EVERY_MS = 10_000;

setInterval(() => self.postMessage('beat'), EVERY_MS);
