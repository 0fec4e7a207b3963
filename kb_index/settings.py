"""Where this package keeps what it derives, read from the environment."""

from __future__ import annotations

import os
from pathlib import Path


def data_dir() -> Path:
    """Baton's data directory: BATON_DATA_DIR, or `.baton` in the working directory."""
    return Path(os.environ.get("BATON_DATA_DIR") or ".baton")


def encoder_cache() -> Path:
    """Derived encoder files; safe to delete, they are made again."""
    return data_dir() / "encoder"


def index_folder() -> Path:
    """The built index; a running bot watches it."""
    return data_dir() / "faq-index"
