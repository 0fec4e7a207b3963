"""What one process of the switchboard is made of; built once at start, handed to whoever needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handoff_api.channels.pace import Pace
from handoff_api.channels.visitor import VisitorTokens
from handoff_api.content import FaqTitles
from handoff_api.conversations.switchboard import Switchboard
from handoff_api.live.hub import Hub
from handoff_api.settings import Settings
from handoff_api.storage.agents import AgentStore
from handoff_api.storage.connect import connect
from handoff_api.storage.conversations import ConversationStore
from handoff_api.storage.desk import DeskStore


@dataclass(frozen=True)
class Services:
    """The parts."""

    settings: Settings
    client: Any
    store: ConversationStore
    desk: DeskStore
    agents: AgentStore
    switchboard: Switchboard
    hub: Hub
    tokens: VisitorTokens
    pace: Pace
    titles: FaqTitles

    @classmethod
    def build(cls, settings: Settings) -> Services:
        """Put the parts together. Touches the data folder for the secret; opens no connection yet."""
        client = connect(settings.redis_url)
        titles = FaqTitles(settings.faq_dir)
        store = ConversationStore.create(client, settings.partitions)
        desk = DeskStore(client, settings.agent_gone_s)
        return cls(
            settings,
            client,
            store,
            desk,
            AgentStore(client),
            Switchboard(store, desk, settings.hours),
            Hub(client, store, desk),
            VisitorTokens(settings.signing_secret()),
            Pace(settings.message_rate),
            titles,
        )

    async def close(self) -> None:
        await self.client.aclose()
