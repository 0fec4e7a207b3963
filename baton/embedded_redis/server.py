"""The embedded Redis: one server, one folder, no way in from outside."""

import os
from dataclasses import dataclass
from pathlib import Path

from baton.disk import free_mb, require_free
from baton.embedded_redis import data_folder
from baton.embedded_redis.binary import RedisBinary, find_newest
from baton.embedded_redis.place import choose_address
from baton.embedded_redis.wire import RedisAddress, RedisReplyError, command
from baton.embedded_redis.words import disk_full, explain_exit, explain_repair
from baton.folder_lock import FolderLock
from baton.settings import Fsync, Settings, runtime_dirs, search_path


@dataclass(frozen=True)
class EmbeddedRedis:
    """A Redis that is ready to be started, and its folder, locked."""

    binary: RedisBinary
    folder: Path
    address: RedisAddress
    lock: FolderLock
    size_before: int

    @classmethod
    def prepare(cls, settings: Settings) -> "EmbeddedRedis":
        """Find a server, lock and check its folder, write its configuration. Nothing is started yet."""
        folder = settings.data_dir / "redis"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        binary = find_newest(search_path())
        lock = FolderLock.take(folder)
        try:
            require_free(folder, settings.disk_reserve_mb)
            data_folder.check_readable(folder, binary)
            address = choose_address(folder, runtime_dirs())
            redis = cls(binary, folder, address, lock, data_folder.log_size(folder))
            redis._write_configuration(settings.redis_fsync)
        except BaseException:
            lock.release()
            raise
        return redis

    @property
    def command(self) -> list[str]:
        """Name the program and its one argument."""
        return [str(self.binary.path), str(self.folder / "redis.conf")]

    def is_ready(self) -> bool:
        """Ask PING. A server that still loads its file answers with an error."""
        try:
            return command(self.address, "PING") == "PONG"
        except (OSError, RedisReplyError):
            return False

    def is_alive(self) -> bool:
        """Ask PING, with time; any answer is a sign of life, also that it loads its file or that a disk is full."""
        try:
            command(self.address, "PING", timeout=10.0)
        except RedisReplyError:
            return True
        except OSError:
            return False
        return True

    def mark_written(self) -> None:
        """Remember which Redis wrote the folder; call it once the server is ready."""
        data_folder.mark_written(self.folder, self.binary)

    def explain_exit(self, lines: list[str]) -> str | None:
        """Say why the server stopped, from its log, or from the disk if that took the log too."""
        return explain_exit(lines, self.folder) or (disk_full(self.folder) if free_mb(self.folder) < 1 else None)

    def explain_repair(self, lines: list[str]) -> str | None:
        """Say what loading had to drop, from its log."""
        return explain_repair(lines, self.size_before)

    def _write_configuration(self, fsync: Fsync) -> None:
        listen = (
            ["port 0", f"unixsocket {_quote(self.address.path)}", "unixsocketperm 700"]
            if self.address.path
            else [f"port {self.address.port}", "bind 127.0.0.1", f"requirepass {_quote(self.address.password or '')}"]
        )
        lines = [
            "# Written by Baton at each start; changes made here are lost.",
            *listen,
            "protected-mode yes",
            "daemonize no",
            'logfile ""',
            f"dir {_quote(str(self.folder))}",
            'save ""',  # the append-only file is the one copy; no snapshots beside it
            "appendonly yes",
            f"appendfsync {fsync.value}",
            "aof-use-rdb-preamble yes",
            "aof-load-truncated yes",
            "maxmemory-policy noeviction",
        ]
        descriptor = os.open(self.folder / "redis.conf", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
