"""Finds the commands in a Markdown page, and how each is to be run in a test.

Every line of a block fenced with ```sh is a command. A leading `$ ` is left out, lines ending in a backslash are
joined, and lines starting with # are comments. A comment line right above the block says how to run it:

    (no comment)                          each command must end with exit code 0
    <!-- run until "Baton is ready" -->   start it, wait for this text, press Ctrl-C, expect exit code 0
    <!-- run with "TEXT" -->              type this text, then expect exit code 0
    <!-- not run: REASON -->              only for the commands that test_readme.py lists
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"(?:<!-- *(?P<how>(?:not )?run.*?) *-->\n)?```sh\n(?P<body>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command line of a page."""

    text: str
    until: str | None = None  # this text in its output means that it works; then it is stopped
    typed: str | None = None
    skipped: str | None = None  # the reason


def commands(page: str) -> list[Command]:
    """List the commands of the page's sh blocks, in order."""
    return [
        _command(line, match["how"] or "")
        for match in FENCE.finditer(page)
        for line in re.sub(r"\\\n\s*", "", match["body"]).splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def inline_scripts(page: str) -> list[str]:
    """List what is called `script/...` in running text, options and arguments left out."""
    outside = FENCE.sub("", page)
    return sorted({match[1].strip() for match in re.finditer(r"`(script/[a-z][a-z-]*(?: [a-z-]+)*)[^`]*`", outside)})


def _command(line: str, how: str) -> Command:
    text = line.strip().removeprefix("$ ")
    if how.startswith("not run:"):
        return Command(text, skipped=how.removeprefix("not run:").strip())
    if match := re.fullmatch(r'run (until|with) "(.*)"', how):
        return Command(text, until=match[2]) if match[1] == "until" else Command(text, typed=match[2] + "\n")
    if how:
        raise ValueError(f"not understood above `{text}`: <!-- {how} -->")
    return Command(text)
