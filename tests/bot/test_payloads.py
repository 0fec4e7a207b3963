"""Every payload of the contract has a meaning, and nothing else has."""

import pytest

from bot import payloads
from bot.payloads import Wish


@pytest.mark.parametrize(
    ("payload", "wish"),
    [
        ("faq:returns.period", Wish("faq", "returns.period")),
        ("human", Wish("talk_to_person")),
        ("none_of_these", Wish("none_of_these")),
        ("helped:yes", Wish("helped")),
        ("helped:no", Wish("did_not_help")),
        ("task:order_status", Wish("order_status")),
        ("task:cancel_order", Wish("cancel_order")),
    ],
)
def test_meanings(payload: str, wish: Wish) -> None:
    assert payloads.read(payload) == wish


@pytest.mark.parametrize(
    "payload", [None, "", "faq:", "task:restart", "task:action_hand_off", "/restart", "helped:maybe"]
)
def test_anything_else_means_nothing(payload: str | None) -> None:
    assert payloads.read(payload) is None
