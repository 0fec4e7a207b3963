// Draws parsed message text. Every piece of it becomes a text node or a checked link: nothing is ever read as HTML.
import { html, type TemplateResult } from 'lit/html.js';
import { type Block, type Inline, parseMarkdown, parsePlain } from './markdown.ts';

export function richText(text: string): TemplateResult[] {
  return parseMarkdown(text).map(block);
}

export function plainText(text: string): TemplateResult {
  return html`<p class="plain" dir="auto">${parsePlain(text).map(inline)}</p>`;
}

function block(part: Block): TemplateResult {
  if (part.kind === 'paragraph') {
    return html`<p dir="auto">${part.lines.map((line, index) => html`${index ? html`<br />` : ''}${line.map(inline)}`)}</p>`;
  }
  const items = part.items.map((item) => html`<li dir="auto">${item.map(inline)}</li>`);
  return part.ordered ? html`<ol start=${part.start}>${items}</ol>` : html`<ul>${items}</ul>`;
}

function inline(part: Inline): TemplateResult | string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'bold':
      return html`<strong>${part.children.map(inline)}</strong>`;
    case 'italic':
      return html`<em>${part.children.map(inline)}</em>`;
    case 'link':
      return html`<a href=${part.href} target="_blank" rel="noopener noreferrer nofollow">${part.children.map(inline)}</a>`;
  }
}
