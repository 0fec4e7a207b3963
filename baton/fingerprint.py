"""One hash for many files: did anything change since it was last built?"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SKIPPED = {"__pycache__", "node_modules", "dist", ".git", "results"}


def fingerprint(root: Path, names: Iterable[str]) -> str:
    """Hash these files, and all files below these folders, with their names. What is missing counts as missing."""
    total = hashlib.sha256()
    for name in sorted(names):
        for path in sorted(_files(root / name)):
            total.update(str(path.relative_to(root)).encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir() and path.name not in SKIPPED:
        for child in path.iterdir():
            yield from _files(child)
