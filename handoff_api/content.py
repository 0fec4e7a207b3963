"""What the switchboard reads of the authored knowledge: the questions of the FAQ entries, for the agent's brief."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from kb_index.entries import load_entries
from kb_index.errors import ContentError

logger = logging.getLogger(__name__)


def faq_titles(folder: Path) -> Mapping[str, str]:
    """FAQ id -> its question. Broken content is logged and leaves ids instead of titles; nobody waits for it."""
    try:
        return {entry.id: entry.question for entry in load_entries(folder)}
    except (ContentError, OSError):
        logger.warning("content.unreadable", extra={"folder": str(folder)})
        return {}
