"""One file per way a customer reaches us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_api.conversations.model import Channel

if TYPE_CHECKING:
    from handoff_api.channels.port import MessagingChannel
    from handoff_api.services import Services


def messaging_channels(services: Services) -> dict[Channel, MessagingChannel]:
    """The messaging apps that are configured."""
    return {}
