"""Agents' accounts, logins and API tokens. Only digests of secrets are stored."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from handoff_api.storage import keys

SESSION_S = 12 * 3600


class Role(StrEnum):
    """What an agent may do."""

    AGENT = "agent"  # answers customers
    ADMIN = "admin"  # also manages agents


class AgentExists(ValueError):
    """The e-mail address belongs to another agent."""


@dataclass(frozen=True)
class Agent:
    """A human who picks up conversations."""

    id: str
    name: str
    email: str
    role: Role
    password_hash: str
    passwords_before: int = 0  # logins made with one of them count no more


class AgentStore:
    """Reads and writes accounts."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def add(self, name: str, email: str, role: Role, password_hash: str) -> Agent:
        """Create an account. Raises AgentExists."""
        agent = Agent("a-" + secrets.token_hex(6), name.strip(), _normal(email), role, password_hash)
        if not await self._client.hsetnx(keys.AGENT_EMAILS, agent.email, agent.id):
            raise AgentExists(f"an agent with the address {agent.email} exists already")
        await self._save(agent)
        return agent

    async def _save(self, agent: Agent) -> None:
        await self._client.hset(keys.AGENTS, agent.id, json.dumps(asdict(agent), ensure_ascii=False))

    async def all(self) -> list[Agent]:
        """Every agent, by name."""
        raw = await self._client.hgetall(keys.AGENTS)
        return sorted((_agent(text) for text in raw.values()), key=lambda agent: agent.name.lower())

    async def get(self, agent_id: str) -> Agent | None:
        text = await self._client.hget(keys.AGENTS, agent_id)
        return _agent(text) if text else None

    async def by_email(self, email: str) -> Agent | None:
        agent_id = await self._client.hget(keys.AGENT_EMAILS, _normal(email))
        return await self.get(agent_id) if agent_id else None

    async def set_password(self, agent: Agent, password_hash: str) -> None:
        """A new password; every login made with an older one ends at once. API tokens go on."""
        before = agent.passwords_before + 1
        await self._save(replace(agent, password_hash=password_hash, passwords_before=before))
        await self._doubt(agent.id)

    async def remove(self, agent: Agent) -> None:
        """Delete the account; its logins and tokens stop working at once."""
        await self._client.hdel(keys.AGENTS, agent.id)
        await self._client.hdel(keys.AGENT_EMAILS, agent.email)
        await self._client.zrem(keys.PRESENCE, agent.id)
        await self._doubt(agent.id)

    async def open_session(self, agent: Agent) -> str:
        """A new login; returns the cookie's value."""
        token = secrets.token_urlsafe(32)
        made_by = f"{agent.id}:{agent.passwords_before}"
        await self._client.set(keys.agent_session(_digest(token)), made_by, ex=SESSION_S)
        return token

    async def close_session(self, agent: Agent, token: str) -> None:
        """End one login."""
        await self._client.delete(keys.agent_session(_digest(token)))
        await self._doubt(agent.id)

    async def by_session(self, token: str, *, use: bool = True) -> Agent | None:
        """The agent of a cookie; using it keeps it alive."""
        key = keys.agent_session(_digest(token))
        made_by = await (self._client.getex(key, ex=SESSION_S) if use else self._client.get(key))
        agent_id, _, passwords = (made_by or "").partition(":")
        agent = await self.get(agent_id) if agent_id else None
        return agent if agent and agent.passwords_before == int(passwords or 0) else None

    async def _doubt(self, agent_id: str) -> None:
        """Open sockets of this agent, in every copy of the switchboard, are to look whether they are still allowed."""
        await self._client.publish(keys.EPHEMERAL, json.dumps({"type": "login_doubted", "agent_id": agent_id}))

    async def issue_token(self, agent: Agent) -> str:
        """An API token that does not expire; it ends with the account."""
        token = "bt_" + secrets.token_urlsafe(32)
        await self._client.hset(keys.AGENT_TOKENS, _digest(token), agent.id)
        return token

    async def by_token(self, token: str) -> Agent | None:
        agent_id = await self._client.hget(keys.AGENT_TOKENS, _digest(token))
        return await self.get(agent_id) if agent_id else None


def _agent(text: str) -> Agent:
    raw = json.loads(text)
    return Agent(**{**raw, "role": Role(raw["role"])})


def _normal(email: str) -> str:
    return email.strip().lower()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
