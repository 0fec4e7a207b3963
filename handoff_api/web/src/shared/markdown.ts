// The small part of Markdown that answers use: paragraphs, lists, bold, italic, links. Produces data, never HTML.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] };

export type Block =
  | { kind: 'paragraph'; lines: Inline[][] }
  | { kind: 'list'; ordered: boolean; start: number; items: Inline[][] };

/** The address if it is one a message may link to (http, https, mailto, or a path on this site), else null. */
export function safeHref(href: string): string | null {
  const trimmed = href.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip control characters inside a scheme.
  if (/[\u0000-\u0020\u007f\\]/.test(trimmed)) return null;
  if (/^https?:\/\/[^/]/i.test(trimmed) || /^mailto:[^@]+@/i.test(trimmed)) return trimmed;
  return /^(\/(?!\/)|[#?])/.test(trimmed) ? trimmed : null;
}

const INLINE =
  /\[([^\][\n]{1,300})\]\(([^()\s]{1,2000})\)|\*\*(?=\S)([^\n]{1,2000}?\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]{0,500}?[^\s*])\*(?![\w*])|(https?:\/\/[^\s<>"'()[\]]{1,2000}[^\s<>"'()[\].,;:!?])/i;

export function parseInline(text: string, depth = 0): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  while (rest) {
    const found = depth < 4 ? INLINE.exec(rest) : null;
    if (!found) {
      parts.push({ kind: 'text', text: rest });
      break;
    }
    if (found.index > 0) parts.push({ kind: 'text', text: rest.slice(0, found.index) });
    parts.push(inlineOf(found, depth));
    rest = rest.slice(found.index + found[0].length);
  }
  return parts;
}

function inlineOf(found: RegExpExecArray, depth: number): Inline {
  const [whole, label, target, bold, italic, bare] = found;
  if (bold) return { kind: 'bold', children: parseInline(bold, depth + 1) };
  if (italic) return { kind: 'italic', children: parseInline(italic, depth + 1) };
  const href = safeHref(target ?? bare ?? '');
  if (!href) return { kind: 'text', text: whole };
  return { kind: 'link', href, children: label ? [{ kind: 'text', text: label }] : [{ kind: 'text', text: whole }] };
}

/** Only bare addresses become links: what a customer typed is shown as typed. */
export function parsePlain(text: string): Inline[] {
  const parts: Inline[] = [];
  let last = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"']{1,2000}[^\s<>"'.,;:!?)\]]/gi)) {
    const href = safeHref(found[0]);
    if (!href) continue;
    if (found.index > last) parts.push({ kind: 'text', text: text.slice(last, found.index) });
    parts.push({ kind: 'link', href, children: [{ kind: 'text', text: found[0] }] });
    last = found.index + found[0].length;
  }
  if (last < text.length) parts.push({ kind: 'text', text: text.slice(last) });
  return parts;
}

const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,3})[.)])\s+(.*)$/;

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const item = ITEM.exec(line);
    if (item) {
      const ordered = item[2] !== undefined;
      const content = parseInline(item[3] ?? '');
      if (open?.kind === 'list' && open.ordered === ordered) open.items.push(content);
      else open = begin(blocks, { kind: 'list', ordered, start: Number(item[2] ?? 1), items: [content] });
    } else if (!line.trim()) {
      // A blank line ends a paragraph, but not a list whose next item follows.
      if (open?.kind === 'paragraph') open = null;
    } else if (open?.kind === 'list' && /^\s{2,}/.test(line)) {
      open.items.at(-1)?.push({ kind: 'text', text: ' ' }, ...parseInline(line.trim()));
    } else if (open?.kind === 'paragraph') {
      open.lines.push(parseInline(line));
    } else {
      open = begin(blocks, { kind: 'paragraph', lines: [parseInline(line)] });
    }
  }
  return blocks;
}

function begin(blocks: Block[], block: Block): Block {
  blocks.push(block);
  return block;
}

/** The same words without the signs, on one line: for lists and notifications. */
export function asWords(text: string): string {
  const words = (parts: Inline[]): string =>
    parts.map((part) => (part.kind === 'text' ? part.text : words(part.children))).join('');
  return parseMarkdown(text)
    .flatMap((block) => (block.kind === 'list' ? block.items : block.lines))
    .map(words)
    .join(' ');
}
