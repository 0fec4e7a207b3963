"""Where this package keeps what it derives, read from the environment, and which encoder the assistant uses."""

from __future__ import annotations

import os
import re
from pathlib import Path

CONFIGURATION = Path("config.yml")
# The file that makes a folder a tuned encoder.
TUNED_ENCODER = "encoder.json"
NAMED = re.compile(r"^\s*encoder:\s*(?:&\w+\s+)?([^\s#*]+)", re.MULTILINE)


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
