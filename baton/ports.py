"""Is a port free, and if not, who has it."""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from baton.errors import PortTakenError
from baton.settings import Address

LISTENING = "0A"  # the state's code in /proc/net/tcp


def require_free(address: Address, variable: str) -> None:
    """Refuse to start a server on a port that somebody else listens on."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address.host, address.port))
        except OSError as fault:
            raise PortTakenError(_explain(address, variable, fault)) from None


def who_listens(port: int) -> str | None:
    """Name the process that listens on the port, if this account may see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        if not sockets.isdisjoint(_open_files(folder)):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"{words[:80]} (process {folder.name})"
    return None


def _explain(address: Address, variable: str, fault: OSError) -> str:
    if isinstance(fault, PermissionError):
        return f"Port {address.port} needs the rights of root; set {variable} to one above 1023."
    if (owner := who_listens(address.port)) is not None:
        return f"Port {address.port} is taken by {owner}; stop that, or set {variable} to another port."
    if fault.errno == 98:  # EADDRINUSE
        return f"Port {address.port} is taken by another process; stop that, or set {variable} to another port."
    return f"Cannot listen on {address}: {fault.strerror}; set BATON_HOST and {variable} to an address of this machine."


def _open_files(process: Path) -> Iterator[str]:
    """List what a process has open; files that close meanwhile, and processes of others, are passed over."""
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(link)


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTENING and re.fullmatch(rf".*:{port:04X}", fields[1]):
                inodes.add(fields[9])
    return inodes
