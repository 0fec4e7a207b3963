"""Looks over an installation and says, line by line, what is right and what to do about what is not."""

import contextlib
import hashlib
import importlib.metadata
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from baton import training, web_build
from baton.checkout import MODELS, REQUIREMENTS
from baton.disk import free_mb
from baton.embedded_redis.binary import find_newest
from baton.embedded_redis.data_folder import check_readable
from baton.embedded_redis.running import recall_address
from baton.errors import BatonError
from baton.folder_lock import FolderLock
from baton.node import OLDEST, find_node
from baton.ports import require_free as require_free_port
from baton.settings import Address, Settings, search_path


@dataclass(frozen=True)
class Finding:
    """One thing looked at. If it is not ok, the text says what to do."""

    about: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FIX '} {self.about:<13} {self.text}"


def examine(settings: Settings) -> list[Finding]:
    """Look at everything. One check that fails does not keep the others from being made."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("python", _python),
        ("environment", _environment),
        ("redis", _redis),
        ("data folder", _data_folder),
        ("disk", _disk),
        ("configuration", _configuration),
        ("model", _model),
        ("web pages", _web),
        ("node", _node),
        ("ports", _ports),
    ]
    return [_look(about, check, settings) for about, check in checks]


def _look(about: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(about, True, check(settings))
    except (BatonError, OSError) as fault:
        return Finding(about, False, str(fault))


def _python(_settings: Settings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != (3, 11):
        raise BatonError(f"this is Python {version} and Baton needs 3.11; delete .venv and run script/server.")
    return f"{version} ({sys.executable})"


def _environment(_settings: Settings) -> str:
    wrong = [name for name, version in _locked() if _installed(name) != version]
    if wrong:
        some = ", ".join(wrong[:5])
        raise BatonError(f"{len(wrong)} packages differ from requirements/run.txt ({some}); run script/server.")
    return "every package is the locked version"


def _locked() -> Iterator[tuple[str, str]]:
    for line in (REQUIREMENTS / "run.txt").read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==(\S+)", line):
            yield match[1], match[2]


def _installed(name: str) -> str | None:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(name)
    return None


def _redis(settings: Settings) -> str:
    if settings.redis_url:
        _ping(settings.redis_url)
        return "your own server (BATON_REDIS_URL) answers"
    binary = find_newest(search_path())
    folder = settings.data_dir / "redis"
    if folder.is_dir():
        check_readable(folder, binary)
    address = recall_address(folder)
    state = f"running, at {address}" if address else "not running now"
    return f"embedded {binary.version_text} ({binary.path}), {state}"


def _ping(url: str) -> None:
    import asyncio

    from handoff_api.storage.connect import StorageError, connect

    async def ping() -> None:
        client = connect(url, patience=0)
        try:
            await client.ping()
        finally:
            await client.aclose()

    try:
        asyncio.run(ping())
    except (StorageError, OSError, ValueError) as fault:
        raise BatonError(
            f"BATON_REDIS_URL does not answer ({fault}); start that server or correct the address."
        ) from None


def _data_folder(settings: Settings) -> str:
    folder = settings.data_dir
    if not folder.exists():
        return f"{folder} will be made at the first start"
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BatonError(f"this account may not write in {folder}; run: sudo chown -R \"$USER\" '{folder}'")
    for path in (folder, folder / "secret", folder / "redis"):
        if path.exists() and path.stat().st_mode & 0o077:
            raise BatonError(f"{path} is open to others; run: chmod go-rwx '{path}'")
    return f"{folder}, private"


def _disk(settings: Settings) -> str:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    free = free_mb(folder)
    if free < settings.disk_reserve_mb * 2:
        raise BatonError(
            f"only {free} MB are free for {folder}, and below {settings.disk_reserve_mb} MB messages are refused; "
            "free some."
        )
    return f"{free} MB free"


def _configuration(_settings: Settings) -> str:
    training.check_configuration()
    return "config.yml, domain.yml and endpoints.yml can be read"


def _model(settings: Settings) -> str:
    model = training.newest_model(settings.model or MODELS)
    if model is None:
        raise BatonError(f"there is no trained model in {settings.model or MODELS}; run: script/baton train")
    if settings.model is None and not training.is_current():
        raise BatonError(f"{model.name} is older than the files it is trained from; run: script/baton train")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()[:12]
    return f"{model.name}, sha256 {digest}..., {'named by BATON_MODEL' if settings.model else 'up to date'}"


def _web(_settings: Settings) -> str:
    if not web_build.is_current():
        raise BatonError("not built, or built from older sources; run script/server")
    return "built from the sources that are there"


def _node(_settings: Settings) -> str:
    node = find_node()
    if node is None:
        return f"no Node.js {OLDEST} or newer; script/server installs one when the web pages need building"
    return f"{node.version} ({node.program})"


def _ports(settings: Settings) -> str:
    if FolderLock.is_held(settings.data_dir):
        return "in use by this Baton, which is running"
    wanted: list[tuple[Address, str]] = [(settings.web, "BATON_PORT")]
    wanted += [(bot, "BATON_BOT_URL") for bot in settings.bots if bot.is_local]
    wanted += [(settings.actions, "BATON_ACTIONS_URL")] if settings.actions.is_local else []
    for address, variable in wanted:
        require_free_port(address, variable)
    return f"{', '.join(str(address.port) for address, _ in wanted)} are free"
