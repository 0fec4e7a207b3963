"""What `baton` reads from the environment. Every variable is optional; docs/operators.md lists them all."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from baton.checkout import ROOT
from baton.errors import SettingsError

# Two, so that one answers while the other loads again, and both cores of a small machine are of use.
DEFAULT_BOT_URL = "http://127.0.0.1:5005,http://127.0.0.1:5006"


class Fsync(StrEnum):
    """When Redis forces its append-only file to the disk."""

    ALWAYS = "always"  # before a message is acknowledged: a power cut loses nothing acknowledged
    EVERYSEC = "everysec"  # once a second: a power cut may lose the last second


@dataclass(frozen=True)
class Address:
    """Host and port of one of our HTTP servers."""

    host: str
    port: int

    @classmethod
    def from_url(cls, variable: str, url: str) -> "Address":
        """Take host and port from an http URL."""
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError:
            parts, port = urlsplit(""), 0
        if parts.scheme != "http" or not parts.hostname or port == 0:
            raise SettingsError(f"{variable} must be a URL such as http://127.0.0.1:5005, not {url!r}.")
        return cls(parts.hostname, port)

    @property
    def is_local(self) -> bool:
        """Tell whether the server runs on this machine, hence is ours to start."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def url(self) -> str:
        """The way to it, without a slash at the end."""
        return f"http://{self}"

    def __str__(self) -> str:
        """Write it as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Settings:
    """The settings of one `baton` command."""

    data_dir: Path
    web: Address  # handoff_api
    bots: tuple[Address, ...]  # one for each process of the bot
    actions: Address
    actions_url: str
    redis_url: str | None  # None: the embedded server
    redis_fsync: Fsync
    model: Path | None  # None: the newest in models/, trained when its files change
    disk_reserve_mb: int
    start_timeout_s: int
    hang_timeout_s: int
    secret: str | None  # None: generated once into the data folder
    bot_token: str | None  # None: derived from the secret

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment, naming the variable that is wrong."""
        env = os.environ if environment is None else environment
        actions_url = env.get("BATON_ACTIONS_URL") or "http://127.0.0.1:5055/webhook"
        return cls(
            data_dir=Path(env.get("BATON_DATA_DIR") or ROOT / ".baton").expanduser().absolute(),
            web=Address(env.get("BATON_HOST") or "127.0.0.1", _number(env, "BATON_PORT", 8080, 1, 65535)),
            bots=_bots(env.get("BATON_BOT_URL") or DEFAULT_BOT_URL),
            actions=Address.from_url("BATON_ACTIONS_URL", actions_url),
            actions_url=actions_url,
            redis_url=_redis_url(env.get("BATON_REDIS_URL") or None),
            redis_fsync=_fsync(env.get("BATON_REDIS_FSYNC") or Fsync.ALWAYS.value),
            model=Path(env["BATON_MODEL"]).absolute() if env.get("BATON_MODEL") else None,
            disk_reserve_mb=_number(env, "BATON_DISK_RESERVE_MB", 256, 1, 1_000_000),
            start_timeout_s=_number(env, "BATON_START_TIMEOUT_S", 180, 1, 3600),
            hang_timeout_s=_number(env, "BATON_HANG_TIMEOUT_S", 60, 1, 3600),
            secret=_secret(env, "BATON_SECRET"),
            bot_token=_secret(env, "BATON_BOT_TOKEN"),
        )


def _bots(urls: str) -> tuple[Address, ...]:
    given = [url.strip() for url in urls.split(",")]
    bots = tuple(Address.from_url("BATON_BOT_URL", url) for url in given)
    if with_path := [url for url in given if urlsplit(url).path.strip("/")]:
        raise SettingsError(f"BATON_BOT_URL must be addresses without a path, not {with_path[0]!r}.")
    if len(set(bots)) < len(bots):
        raise SettingsError("BATON_BOT_URL must name each address once.")
    return bots


def inherited_environment() -> dict[str, str]:
    """Copy the environment, for a child process."""
    return dict(os.environ)


def search_path() -> str:
    """Tell where commands are looked for."""
    return os.environ.get("PATH", os.defpath)


def runtime_dirs() -> list[Path]:
    """List short, private-enough places for a socket, best first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return [Path(folder) for folder in (runtime, "/tmp") if folder]


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def _redis_url(text: str | None) -> str | None:
    known = ("redis://", "rediss://", "unix://", "redis+sentinel://", "redis+cluster://")
    if text and not text.startswith(known):
        raise SettingsError(f"BATON_REDIS_URL must begin with {', '.join(known[:-1])} or {known[-1]}, not {text!r}.")
    return text


def _fsync(text: str) -> Fsync:
    try:
        return Fsync(text)
    except ValueError:
        raise SettingsError(f"BATON_REDIS_FSYNC must be 'always' or 'everysec', not {text!r}.") from None


def _secret(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name)
    if value and len(value) < 32:
        raise SettingsError(
            f"{name} is only {len(value)} characters; use 32 or more, or leave it out to have one made."
        )
    return value or None
