"""What `baton up` does, step by step."""

import asyncio
import contextlib
import os
import resource
from collections.abc import Callable

from baton.disk import make_data_dir, require_free
from baton.embedded_redis.disk_guard import DiskGuard
from baton.embedded_redis.running import remember_address
from baton.embedded_redis.server import EmbeddedRedis
from baton.embedded_redis.wire import RedisReplyError
from baton.folder_lock import FolderLock
from baton.ports import require_free as require_free_port
from baton.prepare import prepare, require_model
from baton.runner.first_admin import create_first_admin
from baton.runner.process import Patience
from baton.runner.progress import Progress
from baton.runner.services import child_environment, python_services, reachable, redis_service
from baton.runner.supervisor import Supervisor
from baton.settings import Settings

DISK_CHECK_S = 2.0
OPEN_FILES = 65536


def up(settings: Settings, *, as_is: bool) -> None:
    """Prepare what is missing, start everything, and return when told to stop."""
    progress = Progress.begin()
    make_data_dir(settings.data_dir)
    lock = FolderLock.take(settings.data_dir)
    try:
        require_free(settings.data_dir, settings.disk_reserve_mb)
        _require_free_ports(settings)
        if as_is:
            require_model(settings.model)
        else:
            prepare(progress.say, settings.model)
        _raise_file_limit()
        os.umask(0o077)  # what the processes keep is nobody else's to read
        redis = None if settings.redis_url else EmbeddedRedis.prepare(settings)
        asyncio.run(_run(settings, redis, progress))
    finally:
        lock.release()


async def _run(settings: Settings, redis: EmbeddedRedis | None, progress: Progress) -> None:
    redis_url = redis.address.url if redis else str(settings.redis_url)
    environment = child_environment(settings, redis_url)
    patience = Patience(hung_s=settings.hang_timeout_s, loading_s=3 * settings.start_timeout_s)
    supervisor = Supervisor(settings.data_dir, environment, progress, settings.start_timeout_s, patience)
    supervisor.stop_on_signals()
    try:
        if redis is not None:
            if not await supervisor.start([redis_service(redis)]):
                return
            remember_address(redis)
            guard = DiskGuard(redis.address, redis.folder, settings.disk_reserve_mb)
            supervisor.watch(_guard_disk(guard, progress.warn))
        admin = asyncio.create_task(asyncio.to_thread(create_first_admin, redis_url))
        if not await supervisor.start(python_services(settings)):
            return
        for line in _welcome(settings, await admin):
            print(line, flush=True)
        await supervisor.wait()
    finally:
        await supervisor.stop()
        if redis is not None:
            redis.lock.release()
        progress.say("stopped")


async def _guard_disk(guard: DiskGuard, announce: Callable[[str], None]) -> None:
    while True:
        # Redis may be between two lives just now; the next round asks again.
        with contextlib.suppress(OSError, RedisReplyError):
            if (sentence := await asyncio.to_thread(guard.check)) is not None:
                announce(sentence)
        await asyncio.sleep(DISK_CHECK_S)


def _require_free_ports(settings: Settings) -> None:
    require_free_port(settings.web, "BATON_PORT")
    for bot in settings.bots:
        if bot.is_local:
            require_free_port(bot, "BATON_BOT_URL")
    if settings.actions.is_local:
        require_free_port(settings.actions, "BATON_ACTIONS_URL")


def _raise_file_limit() -> None:
    """Each customer's socket is an open file; the usual limit of 1024 is for other times."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _welcome(settings: Settings, admin: tuple[str, str] | None) -> list[str]:
    web = reachable(settings.web).url
    if admin:
        email, password = admin
        login = f"{email} with the password {password}   (shown this once)"
    else:
        login = "as before; script/baton agents list shows who, script/baton agents password gives a new password"
    return [
        "",
        "Baton is ready.",
        f"  Demo shop with the widget   {web}/",
        f"  Agent console               {web}/console",
        f"  Log in                      {login}",
        f"  Logs                        {settings.data_dir / 'logs'}",
        "  Ctrl-C stops everything.",
        "",
    ]
