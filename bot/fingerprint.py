"""What a trained model depends on, as one short text: the same fingerprint means the same model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

# Content and settings the model is trained from, and the code that trains it.
SOURCES = (
    "config.yml",
    "domain.yml",
    "data/nlu/**/*.yml",
    "data/rules/**/*.yml",
    "data/stories/**/*.yml",
    "data/faq/**/*.yml",
    "data/facts/**/*.yml",
    "data/evaluation/faq_fit.jsonl",
    "bot/components/*.py",
    "bot/intents.py",
    "bot/words.py",
    "bot/facts.py",
    "bot/faq.py",
    "bot/faq_index.py",
    "bot/arbitration.py",
    "bot/understanding.py",
    "kb_index/**/*.py",
)
_PACKAGES = ("rasa", "spacy", "scikit-learn", "numpy")


def fingerprint(checkout: Path) -> str:
    """Twelve hexadecimal digits over names and contents of all sources."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package}={version(package)}\n".encode())
    for file in sources(checkout):
        digest.update(f"{file.relative_to(checkout).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def sources(checkout: Path) -> Iterator[Path]:
    """Every file that counts, in a fixed order."""
    for pattern in SOURCES:
        yield from sorted(file for file in checkout.glob(pattern) if file.is_file())
