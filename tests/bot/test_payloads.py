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


OFFER = [
    {"title": "None of these", "payload": "none_of_these"},
    {"title": "Yesterday's order", "payload": "task:cancel_order"},
    {"title": "Yes, please", "payload": "task:order_status"},
    {"title": "No, show me how", "payload": "faq:orders.track"},
]


@pytest.mark.parametrize(
    ("intent", "wish"),
    [("affirm", Wish("order_status")), ("deny", Wish("faq", "orders.track")), ("thanks", None), ("faq", None)],
)
def test_a_typed_yes_or_no_is_the_button_that_says_it(intent: str, wish: Wish | None) -> None:
    assert payloads.typed(OFFER).get(intent) == wish


@pytest.mark.parametrize("payload", ["say:Yes", None])
def test_a_button_that_stands_for_words_leaves_the_typed_ones_as_they_are(payload: str | None) -> None:
    assert payloads.typed([{"title": "Yes", "payload": payload}]) == {}


def test_a_yes_where_no_button_says_it_is_only_a_yes() -> None:
    assert payloads.typed([{"title": "Talk to a person", "payload": "human"}]) == {}
    assert payloads.typed([]) == {}
