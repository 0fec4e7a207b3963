// Where the keyboard is inside the widget's shadow root.

/** The next or previous of some elements, around the ends. */
export function stepFocus(root: ShadowRoot, selector: string, by: 1 | -1): void {
  const all = [...root.querySelectorAll<HTMLElement>(selector)];
  const here = all.indexOf(root.activeElement as HTMLElement);
  all[(here + by + all.length) % all.length]?.focus();
}

/** Over the whole of a small screen the panel keeps the focus, as a dialog does. */
export function keepFocus(root: ShadowRoot, event: KeyboardEvent): void {
  const inside = '.panel button:not(:disabled), .panel textarea, .panel input, .panel a, .log';
  const all = [...root.querySelectorAll<HTMLElement>(inside)];
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (root.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}
