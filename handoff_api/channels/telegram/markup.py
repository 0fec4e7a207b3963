"""From the Markdown of our messages to what Telegram shows: its HTML, in parts that are short enough. Pure."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urljoin

MOST = 4096  # characters of one message, counted as UTF-16 like everything in Telegram

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\][\n]+)\]\((?P<target>[^()\s]+)\)"
    r"|\*\*(?=\S)(?P<bold>[^\n]+?\S)\*\*"
    r"|(?<![\w*])\*(?=[^\s*])(?P<italic>[^*\n]*?[^\s*])\*(?![\w*])"
)
_LINK = re.compile(r"\[[^\][\n]+\]\([^()\s]+\)")
_BULLET = re.compile(r"(\s*)[-*•]\s+(?=\S)")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_BREAKS = ("\n\n", "\n", ". ", "! ", "? ", " ")  # where a text may be parted, best first


def to_html(text: str, site: str) -> str:
    """Telegram's HTML for a message; ``site`` is the address that paths in links belong to, or empty."""
    return "\n".join(_line(line, site) for line in text.replace("\r\n", "\n").split("\n"))


def _line(line: str, site: str) -> str:
    if heading := _HEADING.match(line):
        return f"<b>{_inline(line[heading.end() :], site)}</b>"
    if bullet := _BULLET.match(line):
        return f"{bullet[1]}• {_inline(line[bullet.end() :], site)}"
    return _inline(line, site)


def _inline(text: str, site: str, depth: int = 0) -> str:
    html, last = [], 0
    for found in _INLINE.finditer(text) if depth < 4 else ():
        html.append(escape(text[last : found.start()], quote=False))
        html.append(_marked(found, site, depth))
        last = found.end()
    return "".join(html) + escape(text[last:], quote=False)


def _marked(found: re.Match[str], site: str, depth: int) -> str:
    if found["code"]:
        return f"<code>{escape(found['code'], quote=False)}</code>"
    if found["bold"]:
        return f"<b>{_inline(found['bold'], site, depth + 1)}</b>"
    if found["italic"]:
        return f"<i>{_inline(found['italic'], site, depth + 1)}</i>"
    return _link(found["label"], found["target"], site)


def _link(label: str, target: str, site: str) -> str:
    """A link Telegram can open; of one it cannot, what a reader can still use."""
    shown = escape(label, quote=False)
    if target.lower().startswith("mailto:"):
        address = escape(target[len("mailto:") :], quote=False)
        return shown if address == shown else f"{shown} ({address})"
    if target.startswith("/") and not target.startswith("//") and site:
        target = urljoin(site.rstrip("/") + "/", target)
    if not re.match(r"https?://[^/]", target, re.IGNORECASE):
        return shown
    return f'<a href="{escape(target)}">{shown}</a>'


def parts_of(text: str, most: int = MOST) -> list[str]:
    """Part a Markdown text at paragraphs, lines, sentences or words, so that each part is at most ``most`` long."""
    parts = []
    while units(text) > most:
        cut = _cut(text, most)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in (*parts, text) if part]


def _cut(text: str, most: int) -> int:
    room = _prefix(text, most)
    for mark in _BREAKS:
        at = text.rfind(mark, room // 2, room)
        if at > 0:
            broken = (link.start() for link in _LINK.finditer(text) if 0 < link.start() < at < link.end())
            return next(broken, at + len(mark))
    return room


def _prefix(text: str, most: int) -> int:
    """How many of the first characters fit into ``most`` UTF-16 units."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > most:
            return count
    return len(text)


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
