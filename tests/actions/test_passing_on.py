"""Handoffs and the kind of every reply."""

from typing import Any

import pytest


async def test_a_handoff_carries_its_explanation(run: Any) -> None:
    explanation = {
        "reason": "frustrated",
        "note": "Tone rising.",
        "evidence": ["m1", "m3"],
        "signals": [{"name": "frustration", "value": 0.9, "message_id": "m3"}],
        "faqs_tried": ["a.one"],
    }
    decision = {**explanation, "action": "hand_off"}
    said = await run("action_hand_off", {"decision": decision, "requested_slot": "order_number"})

    assert said.responses == ["utter_handoff_frustrated"]
    assert said.custom[0]["handoff"] == explanation
    assert {"event": "active_loop", "name": None, "timestamp": None} in said.events
    assert said.slots["requested_slot"] is None


@pytest.mark.parametrize(
    ("intent", "reason"), [("complaint", "requested_by_rule"), ("talk_to_person", "asked_for_human")]
)
async def test_a_rule_hands_off_where_the_decision_would_go_on(run: Any, intent: str, reason: str) -> None:
    decision = {"action": "continue", "reason": None, "note": "", "evidence": [], "signals": [], "faqs_tried": []}
    parsed = {"intent": {"name": intent}, "metadata": {"turn_id": "t1", "messages": [["m6", 0, 5], ["m7", 6, 9]]}}
    said = await run("action_hand_off", {"decision": decision}, parsed=parsed)

    assert said.responses == [f"utter_handoff_{reason}"]
    assert said.custom[0]["handoff"]["reason"] == reason
    assert said.custom[0]["handoff"]["evidence"] == ["m6", "m7"]
    assert said.custom[0]["handoff"]["note"].endswith(".")


async def test_every_reply_has_a_kind(run: Any) -> None:
    for name in ("action_not_understood", "action_none_of_these", "action_form_help", "action_complaint"):
        said = await run(name)
        assert said.text
        assert said.custom[0]["kind"]


async def test_a_complaint_gets_a_menu_that_thanks_do_not_accept(run: Any) -> None:
    said = await run("action_complaint")

    assert said.custom[0]["kind"] != "offered_person"
    assert {"human", "task:start_return", "task:order_status"} <= set(said.payloads)
