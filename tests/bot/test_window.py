"""The stored window stays small, and replaying it gives the state that replaying everything gives."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.window import KEEP, trim

Event = dict[str, Any]


def replay(events: list[Event]) -> tuple[dict[str, Any], str | None]:
    """Slots and active loop after these events, as Rasa computes them."""
    slots: dict[str, Any] = {}
    loop: str | None = None
    for event in events:
        if event["event"] == "slot":
            slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            loop = event["name"]
        elif event["event"] == "reset_slots":
            slots.clear()
    return {name: value for name, value in slots.items() if value is not None}, loop


slot = st.builds(
    lambda name, value: {"event": "slot", "name": name, "value": value},
    st.sampled_from(["order_number", "email", "decision", "last_faq", "requested_slot"]),
    st.one_of(st.none(), st.integers()),
)
loop = st.builds(lambda name: {"event": "active_loop", "name": name}, st.sampled_from(["order_form", None]))
others = st.sampled_from(
    [{"event": "bot", "text": "hello"}, {"event": "reset_slots"}, {"event": "action", "name": "x"}]
)
turn = st.builds(
    lambda inside: [{"event": "action", "name": "action_listen"}, {"event": "user", "text": "hi"}, *inside],
    st.lists(st.one_of(slot, loop, others), max_size=12),
)
conversations = st.lists(turn, max_size=30).map(lambda turns: [event for part in turns for event in part])


@settings(max_examples=150, deadline=None)
@given(conversations)
def test_the_state_survives_trimming(events: list[Event]) -> None:
    assert replay(list(trim(events))) == replay(events)  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None)
@given(st.lists(turn, min_size=1, max_size=8))
def test_trimming_turn_by_turn_is_trimming_at_the_end(turns: list[list[Event]]) -> None:
    kept: list[Event] = []
    for part in turns:
        kept = [dict(event) for event in trim([*kept, *part])]
    everything = [event for part in turns for event in part]
    assert replay(kept) == replay(everything)


def test_a_thousand_turns_keep_a_small_window() -> None:
    one = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "hi"},
        {"event": "slot", "name": "decision", "value": {"large": "x" * 100}},
        {"event": "action", "name": "utter_greet"},
        {"event": "bot", "text": "hello"},
    ]
    kept: list[Event] = []
    for _ in range(1000):
        kept = [dict(event) for event in trim([*kept, *one])]

    assert len(kept) <= KEEP + 10
    assert sum(event.get("name") == "decision" for event in kept) == 1


def test_the_window_begins_with_a_turn() -> None:
    turns = [[{"event": "action", "name": "action_listen"}, {"event": "user", "text": str(n)}] * 3 for n in range(30)]
    kept = trim([event for part in turns for event in part])

    assert kept[0]["name"] == "action_listen"
    assert kept[1]["event"] == "user"


def test_an_open_form_is_not_forgotten() -> None:
    opened = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "return"},
        {"event": "active_loop", "name": "return_form"},
    ]
    chatter = [{"event": "action", "name": "action_listen"}, {"event": "user", "text": "hm"}] * 60

    assert replay([dict(event) for event in trim([*opened, *chatter])])[1] == "return_form"
