"""The installation's one secret: made once, kept in the data folder, readable by its owner only."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from baton.errors import StartError


def load_secret(data_dir: Path) -> str:
    """Read the secret, making it at the first call."""
    path = data_dir / "secret"
    if not path.exists():
        _create(path)
    return _read(path)


def derive(secret: str, purpose: str) -> str:
    """Make a second secret for one purpose, from which the first cannot be found."""
    return hmac.new(secret.encode(), f"baton {purpose}".encode(), hashlib.sha256).hexdigest()


def _create(path: Path) -> None:
    # Written whole under another name first: the secret is never half there, and of two at once one wins.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix="secret.")
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)


def _read(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise StartError(f"{path} can be read by others; run: chmod 600 '{path}'")
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise StartError(f"{path} is damaged; restore it from a backup, or delete it, which logs everybody out.")
    return secret
