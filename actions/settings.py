"""Settings of the action server, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from actions.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """What `python -m actions` needs. Without a token it serves anybody on this machine, for `rasa shell`."""

    host: str
    port: int
    path: str
    token: str | None
    database: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read and check every variable; the error names the one that is wrong."""
        values = os.environ if environment is None else environment
        url = urlsplit(values.get("BATON_ACTIONS_URL") or "http://127.0.0.1:5055/webhook")
        if url.scheme != "http" or not url.hostname or not url.port:
            raise SettingsError("BATON_ACTIONS_URL must look like http://127.0.0.1:5055/webhook")
        return cls(
            host=url.hostname,
            port=url.port,
            path=url.path or "/webhook",
            token=values.get("BATON_BOT_TOKEN") or None,
            database=Path(values.get("BATON_DATA_DIR") or ".baton") / "shop.db",
        )
