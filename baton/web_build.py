"""Builds the widget, the console and the demo page, when their sources changed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from baton.checkout import WEB
from baton.errors import PrepareError
from baton.fingerprint import fingerprint
from baton.node import Node, find_node, install_node
from baton.runner.launch import dies_with_us
from baton.settings import inherited_environment

MODULES = WEB / "node_modules"
BUILT = WEB / "dist"
STAMP = ".built-from"


def is_current() -> bool:
    """Tell whether what is built is built from what is there."""
    return _stamp(BUILT) == _sources()


def ensure_built(say: Callable[[str], None]) -> None:
    """Build if anything changed since the last time."""
    if is_current():
        return
    node = _ready_node(say)
    say("building the web pages")
    sources = _sources()
    _npm(node, "run", "build")
    (BUILT / STAMP).write_text(sources)


def run_script(name: str) -> None:
    """Run one of package.json's scripts, installing what it needs."""
    node = _ready_node(print)
    _npm(node, "run", name)


def _ready_node(say: Callable[[str], None]) -> Node:
    node = find_node() or install_node(say)
    lock = fingerprint(WEB, ["package-lock.json"])
    if _stamp(MODULES) != lock:
        say("installing the packages for the web pages")
        _npm(node, "ci")
        (MODULES / STAMP).write_text(lock)
    return node


def _sources() -> str:
    names = [path.name for path in WEB.iterdir() if path.name not in ("node_modules", "dist", "test")]
    return fingerprint(WEB, names)


def _stamp(folder: Path) -> str | None:
    try:
        return (folder / STAMP).read_text()
    except OSError:
        return None


def _npm(node: Node, *words: str) -> None:
    environment = inherited_environment() | {"PATH": node.path_with_node()}
    outcome = subprocess.run(
        dies_with_us([*node.npm, "--no-fund", "--no-audit", "--no-update-notifier", *words]),
        cwd=WEB,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise PrepareError(f"'npm {' '.join(words)}' failed in {WEB}:\n{outcome.stdout.strip()[:4000]}")
