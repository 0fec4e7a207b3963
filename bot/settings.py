"""Settings of the bot process, read once from the environment; every one has a name that starts with BATON_."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import SettingsError

MINIMUM_TOKEN_LENGTH = 16
DEFAULT_BOT_URL = "http://127.0.0.1:5005,http://127.0.0.1:5006"


@dataclass(frozen=True)
class Settings:
    """What `python -m bot` needs to know."""

    host: str
    port: int
    token: str
    redis_url: str
    actions_url: str
    model: Path
    data_dir: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, number: int = 1) -> Settings:
        """Read and check every variable; the error names the one that is wrong.

        `number`: which of the addresses in BATON_BOT_URL this process serves, counted from 1.
        """
        values = os.environ if environment is None else environment
        urls = (values.get("BATON_BOT_URL") or DEFAULT_BOT_URL).split(",")
        if not 1 <= number <= len(urls):
            raise SettingsError(f"BATON_BOT_URL has no address number {number}")
        url = urlsplit(urls[number - 1].strip())
        if url.scheme != "http" or not url.hostname or not url.port:
            raise SettingsError("BATON_BOT_URL must look like http://127.0.0.1:5005")
        token = values.get("BATON_BOT_TOKEN", "")
        if len(token) < MINIMUM_TOKEN_LENGTH:
            raise SettingsError(
                f"BATON_BOT_TOKEN must be set to at least {MINIMUM_TOKEN_LENGTH} characters; `baton up` sets it for you"
            )
        redis_url = values.get("BATON_REDIS_URL", "")
        if not redis_url:
            raise SettingsError("BATON_REDIS_URL must be set, for example redis://127.0.0.1:6379/0; `baton up` sets it")
        return cls(
            host=url.hostname,
            port=url.port,
            token=token,
            redis_url=redis_url,
            actions_url=values.get("BATON_ACTIONS_URL") or "http://127.0.0.1:5055/webhook",
            model=Path(values.get("BATON_MODEL") or "models"),
            data_dir=data_dir(values),
        )


def data_dir(environment: Mapping[str, str] | None = None) -> Path:
    """Baton's data directory: BATON_DATA_DIR, or `.baton` in the working directory."""
    values = os.environ if environment is None else environment
    return Path(values.get("BATON_DATA_DIR") or ".baton")


def keep_private() -> None:
    """Turn off all that Rasa and its libraries would report to the outside; must run before they are imported."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["RASA_EXCEPTION_WRITE_KEY"] = ""
    os.environ["RASA_TELEMETRY_WRITE_KEY"] = ""
    # TensorFlow comes with Rasa but nothing here uses it: keep it quiet and off any device.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def without_training_cache() -> None:
    """Rasa would keep every trained part a second time; our models are named by what they were trained from."""
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"


def without_progress_bars() -> None:
    """Rasa draws hundreds of them for our few rules, and stops when only errors are wanted."""
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["LOG_LEVEL"] = "ERROR"
