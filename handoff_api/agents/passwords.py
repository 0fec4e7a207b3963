"""Passwords: argon2id hashes, checked off the event loop."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10

_hasher = PasswordHasher()


class WeakPassword(ValueError):
    """The password is too short."""


def hash_password(password: str) -> str:
    """An argon2id hash. Raises WeakPassword."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"expected a password of at least {MIN_LENGTH} characters")
    return _hasher.hash(password)


def random_password() -> str:
    """Easy to copy, 71 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(3))


async def matches(password: str, password_hash: str | None) -> bool:
    """Check a password; without a hash it takes as long, so that timing tells nobody which accounts exist."""
    return await asyncio.to_thread(_matches, password, password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))
