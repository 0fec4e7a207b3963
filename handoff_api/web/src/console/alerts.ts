// Tells an agent who is not looking: the page's title, a desktop notification, two soft notes.

export function showCount(waiting: number): void {
  document.title = waiting ? `(${waiting}) Baton` : 'Baton';
}

export function mayAskForNotifications(): boolean {
  return 'Notification' in window && Notification.permission === 'default';
}

export async function askForNotifications(): Promise<void> {
  if (mayAskForNotifications()) await Notification.requestPermission();
}

export function notify(title: string, body: string, id: string, onClick: () => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
  const notification = new Notification(title, { body, tag: id });
  notification.onclick = () => {
    window.focus();
    notification.close();
    onClick();
  };
}

let context: AudioContext | null = null;

export function chime(): void {
  context ??= new AudioContext();
  // Browsers allow sound only after the page was used once; until then there is none, and nothing piles up.
  if (context.state !== 'running') {
    void context.resume();
    return;
  }
  for (const [delay, frequency] of [
    [0, 660],
    [0.14, 880],
  ] as const) {
    const start = context.currentTime + delay;
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.09, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
    note.connect(volume).connect(context.destination);
    note.start(start);
    note.stop(start + 0.55);
  }
}
