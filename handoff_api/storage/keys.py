"""Every Redis key of the switchboard, with its type, meaning and expiry.

Keys of one conversation, its partition's streams and its partition's indexes share the hash tag ``{p<n>}``, so every
script touches one slot and Redis Cluster works unchanged. A conversation id names its partition: ``c3-...`` lives in
``{p3}``. The bot keeps its own key beside them (``bot/keys.py``): ``baton:{p<n>}:bot:<conversation id>``.
"""

from __future__ import annotations

import re
import secrets

PREFIX = "baton"
_ID = re.compile(r"c(\d{1,3})-[0-9a-z]{16,40}")

WORKERS = "workers"  # consumer group of the turn streams
SENDERS = "senders"  # consumer group of the outbox streams


def new_conversation_id(partition: int) -> str:
    """A fresh id: not guessable, and it names its partition."""
    return f"c{partition}-{secrets.token_hex(12)}"


def partition_of(conversation_id: str) -> int:
    """The partition a conversation id names. Raises ValueError for anything that is not such an id."""
    match = _ID.fullmatch(conversation_id)
    if not match:
        raise ValueError("expected a conversation id")
    return int(match.group(1))


def _tag(partition: int) -> str:
    return f"{PREFIX}:{{p{partition}}}"


# --- one conversation ------------------------------------------------------------------------------------------------
def conversation(cid: str) -> str:
    """Hash. Its current state: owner, epoch, seq, cursors, contact, handoff ... Kept as long as its log."""
    return f"{_tag(partition_of(cid))}:c:{cid}"


def log(cid: str) -> str:
    """Stream with ids ``<seq>-0``. The immutable events. Deleted whole by retention, if that is on."""
    return f"{_tag(partition_of(cid))}:c:{cid}:log"


def seen(cid: str) -> str:
    """Hash, idempotency key -> seq. What was written already. Kept as long as the log."""
    return f"{_tag(partition_of(cid))}:c:{cid}:seen"


def bot_memory(cid: str) -> str:
    """What the bot remembers of a conversation. Only the bot reads and writes it; we delete it with the rest."""
    return f"{_tag(partition_of(cid))}:bot:{cid}"


# --- one partition ---------------------------------------------------------------------------------------------------
def turns(partition: int) -> str:
    """Stream, group ``workers``. Conversations that wait for the bot, each at most once. Entries go when done."""
    return f"{_tag(partition)}:turns"


def outbox(partition: int) -> str:
    """Stream, group ``senders``. Conversations with something to deliver to a messaging app. Entries go when done."""
    return f"{_tag(partition)}:outbox"


def feed(partition: int) -> str:
    """Stream, about 4,000 newest entries. Which conversation moved to which seq; wakes sockets, carries no content."""
    return f"{_tag(partition)}:feed"


def owned_by(partition: int, owner: str) -> str:
    """Sorted set of conversation ids. ``queue``: by first time queued; others: by last change of hands."""
    return f"{_tag(partition)}:in:{owner}"


def script_keys(cid: str) -> list[str]:
    """The keys every script is given, in the order ``scripts/lib.lua`` names them."""
    p = partition_of(cid)
    owners = [owned_by(p, owner) for owner in ("bot", "queue", "agent", "closed")]
    return [conversation(cid), log(cid), seen(cid), turns(p), outbox(p), feed(p), *owners, bot_memory(cid)]


# --- everywhere ------------------------------------------------------------------------------------------------------
AGENTS = f"{PREFIX}:agents"  # hash, agent id -> JSON with name, e-mail, role, password hash. No expiry.
AGENT_EMAILS = f"{PREFIX}:agent_emails"  # hash, e-mail -> agent id. No expiry.
AGENT_TOKENS = f"{PREFIX}:agent_tokens"  # hash, sha256 of an API token -> agent id. No expiry.
PRESENCE = f"{PREFIX}:presence"  # sorted set, agent id -> last sign of life in ms. Trimmed when read.
LISTENING = f"{PREFIX}:listening"  # hash: since when (ms) consoles are heard without a gap, and when last. No expiry.
CLAIMS = f"{PREFIX}:claims"  # list, times in ms of the newest 40 claims, for the waiting time. No expiry.
TOTALS = f"{PREFIX}:totals"  # hash, "name:label" -> count, for /metrics. No expiry.
BOT_STATE = f"{PREFIX}:bot_state"  # string, JSON state of the circuit breaker. Expires after 15 s without a worker.
EPHEMERAL = f"{PREFIX}:ephemeral"  # pub/sub channel: typing, viewing, logins to look at. Never stored.


def agent_session(digest: str) -> str:
    """String, "agent id:how many passwords came before". One login of the console; the key holds the cookie's sha256.
    Expires after 12 hours without use."""
    return f"{PREFIX}:agent_session:{digest}"


def address(channel: str, address_: str) -> str:
    """String, conversation id. Where messages of an address on a messaging app go. Goes with the conversation."""
    return f"{PREFIX}:address:{channel}:{address_}"


def limit(name: str, subject: str, window: int) -> str:
    """String, count. A fixed-window rate limit. Expires with its window."""
    return f"{PREFIX}:limit:{name}:{subject}:{window}"


def lease(name: str) -> str:
    """String, holder. Work only one process may do, such as polling a messaging app. Expires after some seconds."""
    return f"{PREFIX}:lease:{name}"
