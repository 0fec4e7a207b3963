"""Managing agents from the command line: plain calls that open the storage, do one thing and close it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from handoff_api.agents.passwords import hash_password, random_password
from handoff_api.storage.agents import Agent, AgentStore, Role
from handoff_api.storage.connect import connect

T = TypeVar("T")


class UnknownAgent(LookupError):
    """No agent has this e-mail address."""


def list_agents(redis_url: str) -> list[Agent]:
    """Every agent, by name."""
    return _with_store(redis_url, lambda store: store.all())


def add_agent(redis_url: str, name: str, email: str, *, role: Role = Role.AGENT, password: str | None = None) -> str:
    """Create an agent and return the password. Raises AgentExists, WeakPassword, ValueError for a bad address."""
    if email.count("@") != 1 or not all(email.split("@")) or not name.strip():
        raise ValueError("expected a name and an e-mail address like priya@example.com")
    password = password or random_password()
    hashed = hash_password(password)
    _with_store(redis_url, lambda store: store.add(name, email, role, hashed))
    return password


def ensure_first_admin(redis_url: str, email: str = "admin@baton.local") -> str | None:
    """Create an admin where there is no agent at all; returns its password, or None where there are agents."""
    if list_agents(redis_url):
        return None
    return add_agent(redis_url, "Admin", email, role=Role.ADMIN)


def set_password(redis_url: str, email: str, password: str | None = None) -> str:
    """Give an agent a new password and return it. Raises UnknownAgent, WeakPassword."""
    password = password or random_password()
    hashed = hash_password(password)

    async def change(store: AgentStore) -> None:
        await store.set_password(await _find(store, email), hashed)

    _with_store(redis_url, change)
    return password


def remove_agent(redis_url: str, email: str) -> None:
    """Delete an agent. Raises UnknownAgent."""

    async def remove(store: AgentStore) -> None:
        await store.remove(await _find(store, email))

    _with_store(redis_url, remove)


def issue_token(redis_url: str, email: str) -> str:
    """An API token for an agent. Raises UnknownAgent."""

    async def issue(store: AgentStore) -> str:
        return await store.issue_token(await _find(store, email))

    return _with_store(redis_url, issue)


async def _find(store: AgentStore, email: str) -> Agent:
    agent = await store.by_email(email)
    if agent is None:
        raise UnknownAgent(f"no agent has the address {email}")
    return agent


def _with_store(redis_url: str, work: Callable[[AgentStore], Awaitable[T]]) -> T:
    async def run() -> T:
        client = connect(redis_url)
        try:
            return await work(AgentStore(client))
        finally:
            await client.aclose()

    return asyncio.run(run())
