"""Where this package keeps what it derives, read from the environment, and what config.yml says of the assistant."""

from __future__ import annotations

import os
import re
from pathlib import Path

CONFIGURATION = Path("config.yml")
# The file that makes a folder a tuned encoder.
TUNED_ENCODER = "encoder.json"
NAMED = re.compile(r"^\s*encoder:\s*(?:&\w+\s+)?([^\s#*]+)", re.MULTILINE)
RATE = re.compile(r"^\s*wrong_answer_rate:\s*([\d.]+)\s*(?:#.*)?$", re.MULTILINE)


def data_dir() -> Path:
    """Baton's data directory: BATON_DATA_DIR, or `.baton` in the working directory."""
    return Path(os.environ.get("BATON_DATA_DIR") or ".baton")


def encoder_cache() -> Path:
    """Derived encoder files; safe to delete, they are made again."""
    return data_dir() / "encoder"


def index_folder() -> Path:
    """The built index; a running bot watches it."""
    return data_dir() / "faq-index"


def configured_encoder(configuration: Path = CONFIGURATION) -> str:
    """The encoder that the assistant's configuration names first; `minilm` where there is none."""
    try:
        found = NAMED.search(configuration.read_text(encoding="utf-8"))
    except OSError:
        return "minilm"
    return found[1].strip("\"'") if found else "minilm"


def configured_wrong_answer_rate(configuration: Path = CONFIGURATION) -> float | None:
    """The share of questions that may get a wrong answer, as config.yml sets it; None where it does not."""
    try:
        found = RATE.search(configuration.read_text(encoding="utf-8"))
    except OSError:
        return None
    return float(found[1]) if found else None
