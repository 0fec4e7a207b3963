"""A fresh shop, and a way to run a skill as the action server does."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # What Rasa's SDK brings is not ours to mend.
    warnings.simplefilter("ignore")
    from rasa_sdk.executor import ActionExecutor

from actions.shop.shop import Shop
from actions.skills import every_skill


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop.open(tmp_path / "shop.db")
    yield made
    made.close()


@dataclass
class Said:
    """What a skill said and changed."""

    texts: list[str]
    payloads: list[str]
    custom: list[dict[str, Any]]
    slots: dict[str, Any]
    responses: list[str]
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


Run = Callable[..., "Any"]


@pytest.fixture
def run(shop: Shop) -> Run:
    executor = ActionExecutor()
    for skill in every_skill(shop):
        executor.register_action(skill)

    async def run_skill(
        name: str,
        slots: dict[str, Any] | None = None,
        *,
        given: dict[str, Any] | None = None,
        parsed: dict[str, Any] | None = None,
        turn_id: str = "t1",
    ) -> Said:
        """`given`: slots extracted in this turn, for the checks of forms."""
        events = [{"event": "slot", "name": slot, "value": value} for slot, value in (given or {}).items()]
        answer = await executor.run(
            {
                "next_action": name,
                "sender_id": "c1-test",
                "tracker": {
                    "sender_id": "c1-test",
                    "slots": {**(slots or {}), **(given or {})},
                    "latest_message": {"text": "", "metadata": {"turn_id": turn_id}, **(parsed or {})},
                    "events": events,
                    "active_loop": {},
                    "latest_action_name": "action_listen",
                    "paused": False,
                    "followup_action": None,
                },
            }
        )
        assert answer is not None
        said = answer["responses"]
        return Said(
            texts=[item["text"] for item in said if item["text"]],
            payloads=[button["payload"] for item in said for button in item["buttons"]],
            custom=[item["custom"] for item in said],
            slots={event["name"]: event["value"] for event in answer["events"] if event["event"] == "slot"},
            responses=[item["response"] for item in said if item["response"]],
            events=answer["events"],
        )

    return run_skill
