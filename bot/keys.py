"""Every Redis key of the bot, with type, meaning and expiry.

baton:{p<k>}:bot:<conversation id>   string, JSON   what the assistant remembers of a conversation, with the last turn
                                                    and its reply; expires 30 days after the last turn
"""

from __future__ import annotations

import re

from bot.errors import BadRequest

EXPIRY_SECONDS = 30 * 24 * 3600

# The id names its partition, so that all keys of a conversation share one hash tag (one slot of a cluster).
_CONVERSATION_ID = re.compile(r"c(?P<partition>\d{1,6})-[A-Za-z0-9_-]{1,64}")


def memory(conversation_id: str) -> str:
    """Where the assistant's memory of this conversation is kept."""
    match = _CONVERSATION_ID.fullmatch(conversation_id)
    if match is None:
        raise BadRequest("conversation_id must look like c7-4fK2, a partition and a name")
    return f"baton:{{p{int(match['partition'])}}}:bot:{conversation_id}"
