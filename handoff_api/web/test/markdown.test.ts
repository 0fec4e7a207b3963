import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asWords, type Inline, parseInline, parseMarkdown, parsePlain, safeHref } from '../src/shared/markdown.ts';

function flat(parts: Inline[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : flat(part.children))).join('');
}

function links(parts: Inline[]): string[] {
  return parts.flatMap((part) =>
    part.kind === 'link' ? [part.href] : part.kind === 'text' ? [] : links(part.children),
  );
}

test('links go to http, https, mail and this site, and nowhere else', () => {
  for (const good of [
    'https://a.example/x',
    'HTTP://a.example',
    '/help/returns',
    '#top',
    '?a=1',
    'mailto:help@a.example',
  ]) {
    assert.equal(safeHref(good), good);
  }
  const bad = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '/\\evil.example',
    'https:evil',
    'https:///evil',
    'mailto:',
    'relative/path',
    '',
  ];
  for (const one of bad) assert.equal(safeHref(one), null, one);
});

test('a link that may not be followed stays the text that was written', () => {
  const written = 'see [this](javascript:alert) now';
  assert.deepEqual(parseInline(written), [
    { kind: 'text', text: 'see ' },
    { kind: 'text', text: '[this](javascript:alert)' },
    { kind: 'text', text: ' now' },
  ]);
});

test('bold, italic, links and bare addresses', () => {
  assert.deepEqual(parseInline('**30 days** and *free*'), [
    { kind: 'bold', children: [{ kind: 'text', text: '30 days' }] },
    { kind: 'text', text: ' and ' },
    { kind: 'italic', children: [{ kind: 'text', text: 'free' }] },
  ]);
  assert.deepEqual(links(parseInline('a [label](/help/x) and https://b.example/y, done.')), [
    '/help/x',
    'https://b.example/y',
  ]);
  assert.deepEqual(links(parseInline('**see [x](/y)**')), ['/y']);
});

test('stars that mean nothing stay stars', () => {
  for (const text of ['2 * 3 * 4', '***', '**', 'a ** b ** c', '*', 'order*number*'])
    assert.equal(flat(parseInline(text)), text);
});

test('paragraphs, line breaks and lists', () => {
  const blocks = parseMarkdown('First\nsecond line\n\n1. one\n2. two\n   goes on\n\n3. three\n\n- dot\n* dot\n\nlast');
  assert.deepEqual(
    blocks.map((block) =>
      block.kind === 'list' ? [block.ordered, block.start, block.items.map(flat)] : block.lines.map(flat),
    ),
    [['First', 'second line'], [true, 1, ['one', 'two goes on', 'three']], [false, 1, ['dot', 'dot']], ['last']],
  );
});

test('a list may begin with another number', () => {
  const [block] = parseMarkdown('4. four');
  assert.equal(block?.kind === 'list' && block.start, 4);
});

test('what looks like HTML is text', () => {
  const [block] = parseMarkdown('<img src=x onerror=alert(1)> & <b>hi</b>');
  assert.equal(block?.kind === 'paragraph' && flat(block.lines[0] ?? []), '<img src=x onerror=alert(1)> & <b>hi</b>');
});

test('plain text keeps every character and links only whole addresses', () => {
  for (const text of [
    '**not bold** https://a.example/x. [no](/x)',
    'x<y>z\n\n  indented',
    '🙂 שלום مرحبا 你好',
    'https://',
  ]) {
    assert.equal(flat(parsePlain(text)), text);
  }
  assert.deepEqual(links(parsePlain('(https://a.example/x) javascript:alert(1)')), ['https://a.example/x']);
});

test('no text of 10,000 characters takes long', () => {
  const worst = ['**', '[', '*a', '[a](', 'https://', '**a', '1. ', '`', '_', '\n- '];
  for (const piece of worst) {
    const text = piece.repeat(Math.ceil(10_000 / piece.length)).slice(0, 10_000);
    const began = performance.now();
    parseMarkdown(text);
    parsePlain(text);
    assert.ok(performance.now() - began < 400, `${piece} took ${performance.now() - began} ms`);
  }
});

test('a list or a notification shows the words of a message without its signs', () => {
  assert.equal(
    asWords('Hello **you**:\n\n1. Open [Returns](/help/returns)\n2. Print'),
    'Hello you: Open Returns Print',
  );
  assert.equal(asWords('5 * 3 <b>'), '5 * 3 <b>');
});
