"""One file or folder per way a customer reaches us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_api.channels.telegram.channel import TelegramChannel
from handoff_api.conversations.model import Channel

if TYPE_CHECKING:
    from handoff_api.channels.port import MessagingChannel
    from handoff_api.services import Services


def messaging_channels(services: Services) -> dict[Channel, MessagingChannel]:
    """The messaging apps that are configured."""
    found: list[MessagingChannel] = []
    if services.settings.telegram_token.get_secret_value():
        found.append(TelegramChannel.create(services.switchboard, services.desk, services.settings))
    return {channel.channel: channel for channel in found}
