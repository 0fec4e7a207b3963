"""Where trained models are, and which one is the newest."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ModelMissing

ENDING = ".tar.gz"


def find_model(path: Path) -> Path:
    """The model file itself, or the newest in a folder."""
    if path.is_file():
        return path
    models = sorted(path.glob(f"*{ENDING}"), key=lambda model: model.stat().st_mtime) if path.is_dir() else []
    if not models:
        raise ModelMissing(f"no trained model in {path}; run `baton train` first")
    return models[-1]
