"""What a trained model depends on, as one short text: the same fingerprint means the same model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from kb_index.settings import TUNED_ENCODER, configured_encoder

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
    "bot/facts.py",
    "bot/faq.py",
    "bot/faq_index.py",
    "bot/arbitration.py",
    "bot/understanding.py",
    "kb_index/**/*.py",
    "kb_index/everyday.txt",
)
_PACKAGES = ("rasa", "spacy", "scikit-learn", "numpy")


def fingerprint(checkout: Path) -> str:
    """Twelve hexadecimal digits over names and contents of all sources."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package}={version(package)}\n".encode())
    for file in sources(checkout):
        digest.update(f"{_named(file, checkout)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _named(file: Path, checkout: Path) -> str:
    """The path in the checkout; an encoder may be kept elsewhere."""
    return file.relative_to(checkout).as_posix() if file.is_relative_to(checkout) else file.name


def sources(checkout: Path) -> Iterator[Path]:
    """Every file that counts, in a fixed order."""
    # Names the hashes of a tuned encoder's files.
    manifest = checkout / configured_encoder(checkout / "config.yml") / TUNED_ENCODER
    if manifest.is_file():
        yield manifest
    for pattern in SOURCES:
        yield from sorted(file for file in checkout.glob(pattern) if file.is_file())
