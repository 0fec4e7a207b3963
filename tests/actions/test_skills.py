"""What customers read when they ask for something to be done with an order."""

from typing import Any

import pytest

from actions.shop.orders import OrderStatus
from actions.shop.shop import Shop

SHIPPED, PLACED, DELIVERED = "MF-204518", "MF-204519", "MF-204520"
MARTA, JOEL = "marta.kowalska@post.example", "joel.adeyemi@post.example"


def named(value: str) -> dict[str, Any]:
    """A message that gives this fact."""
    return {"entities": [{"entity": "order_number", "value": value}]}


async def test_a_shipped_order_has_its_tracking_number(run: Any) -> None:
    said = await run("action_order_status", {"order_number": SHIPPED})

    assert "Parcel Kestrel" in said.text
    assert "PK700418265GB" in said.text
    assert "should arrive by" in said.text


async def test_the_number_alone_tells_nothing_personal(run: Any, shop: Shop) -> None:
    seen = set()
    for number in range(204500, 204540):
        order = shop.find(f"MF-{number}")
        assert order is not None
        said = await run("action_order_status", {"order_number": order.number})
        seen.add(order.status)
        private = [order.email, order.address, order.postcode, *(item.name for item in order.items)]
        assert order.number in said.text
        assert not [secret for secret in private if secret in said.text]
    assert seen == set(OrderStatus)


async def test_an_unknown_number_gets_help_and_is_forgotten(run: Any) -> None:
    said = await run("action_order_status", {"order_number": "MF-999999"})

    assert "can't find" in said.text
    assert said.slots["order_number"] is None
    assert "human" in said.payloads


async def test_a_number_on_its_own_is_looked_up(run: Any) -> None:
    said = await run(
        "action_inform", {"order_number": PLACED}, parsed={"entities": [{"entity": "order_number", "value": PLACED}]}
    )

    assert PLACED in said.text
    assert "task:cancel_order" in said.payloads


RETURN = {"order_number": DELIVERED, "proof": JOEL, "return_item": "Carbon steel pan, 26 cm", "return_reason": "dented"}


async def test_a_return_is_registered_once(run: Any) -> None:
    first = await run("action_start_return", RETURN, turn_id="t1")
    again = await run("action_start_return", RETURN, turn_id="t2")
    other = await run("action_start_return", {**RETURN, "return_item": "mug"}, turn_id="t3")

    assert "is registered: R-204520-1" in first.text
    assert "already registered: R-204520-1" in again.text
    assert "is registered: R-204520-2" in other.text
    assert first.slots["return_item"] is None


async def test_a_turn_that_is_run_again_says_the_same(run: Any) -> None:
    first = await run("action_start_return", RETURN, turn_id="t1")
    replayed = await run("action_start_return", RETURN, turn_id="t1")

    assert replayed.texts == first.texts


@pytest.mark.parametrize(
    ("status", "words"),
    [("shipped", "not been delivered"), ("returned", "returned already"), ("cancelled", "nothing to return")],
)
async def test_what_cannot_be_returned_is_said(run: Any, shop: Shop, status: str, words: str) -> None:
    number = next(n for n in range(204500, 204540) if (order := shop.find(f"MF-{n}")) and order.status == status)
    said = await run("action_start_return", {"order_number": f"MF-{number}"})

    assert words in said.text


async def test_cut_fabric_is_not_returned(run: Any, shop: Shop) -> None:
    orders = [order for n in range(204500, 204540) if (order := shop.find(f"MF-{n}"))]
    order = next(o for o in orders if any(not item.returnable for item in o.items))
    item = next(item for item in order.items if not item.returnable)
    shop._connection.execute(
        "UPDATE orders SET status = 'delivered', delivered_at = datetime('now') WHERE number = ?", (order.number,)
    )
    said = await run(
        "action_start_return", {"order_number": order.number, "proof": order.email, "return_item": item.name}
    )

    assert "can't be returned unless it is faulty" in said.text
    assert "human" in said.payloads


async def test_cancelling_needs_proof_and_a_yes(run: Any, shop: Shop) -> None:
    no_proof = await run("action_cancel_order", {"order_number": PLACED, "cancel_confirmed": True})
    wrong = await run("action_cancel_order", {"order_number": PLACED, "proof": JOEL, "cancel_confirmed": True})
    kept = await run("action_cancel_order", {"order_number": PLACED, "proof": MARTA, "cancel_confirmed": False})

    assert "couldn't cancel" in no_proof.text
    assert "couldn't cancel" in wrong.text
    assert "stays as it is" in kept.text
    order = shop.find(PLACED)
    assert order is not None
    assert order.status is OrderStatus.PLACED


async def test_cancelling_happens_once(run: Any, shop: Shop) -> None:
    slots = {"order_number": PLACED, "proof": "M1 5NZ", "cancel_confirmed": True}
    first = await run("action_cancel_order", slots, turn_id="t1")
    replayed = await run("action_cancel_order", slots, turn_id="t1")
    again = await run("action_cancel_order", slots, turn_id="t2")

    assert "is cancelled" in first.text
    assert replayed.texts == first.texts
    assert "already" in again.text
    order = shop.find(PLACED)
    assert order is not None
    assert order.status is OrderStatus.CANCELLED


async def test_a_packed_order_is_not_cancelled(run: Any) -> None:
    said = await run("action_cancel_order", {"order_number": SHIPPED})

    assert "already packed or sent" in said.text
    assert "human" in said.payloads


async def test_the_address_changes_once_and_only_before_packing(run: Any, shop: Shop) -> None:
    slots = {"order_number": PLACED, "proof": MARTA, "new_address": "12 New Street,\nLeeds LS1 4AB"}
    first = await run("action_change_address", slots, turn_id="t1")
    again = await run("action_change_address", slots, turn_id="t2")
    late = await run("action_change_address", {**slots, "order_number": SHIPPED})

    assert "12 New Street, Leeds LS1 4AB" in first.text
    assert "already" in again.text
    assert "already packed or sent" in late.text
    order = shop.find(PLACED)
    assert order is not None
    assert order.postcode == "LS1 4AB"


async def test_a_wrong_number_gets_help_and_then_a_person(run: Any) -> None:
    first = await run("validate_order_form", {}, given={"order_number": "MF-999999"})
    second = await run("validate_order_form", {"form_failures": 1}, given={"order_number": "MF-999999"})

    assert "can't find an order MF-999999" in first.text
    assert "six digits" in first.text
    assert first.slots == {"form_failures": 1, "order_number": None}
    assert first.payloads == []
    assert second.payloads == ["human"]


async def test_what_proves_an_order_is_not_asked_twice(run: Any) -> None:
    said = await run("validate_cancel_form", {"email": MARTA}, given={"order_number": PLACED}, parsed=named(PLACED))

    assert said.slots == {"order_number": PLACED, "order_confirmed": True, "proof": MARTA}
    assert said.texts == []


async def test_wrong_proof_is_refused_without_telling_the_right_one(run: Any) -> None:
    said = await run("validate_cancel_form", {"order_number": PLACED}, given={"proof": JOEL}, parsed=named(JOEL))

    assert said.slots["proof"] is None
    assert "isn't the e-mail address or postcode" in said.text
    assert MARTA not in said.text
    assert "M1 5NZ" not in said.text


async def test_a_form_that_cannot_succeed_ends_before_it_asks_on(run: Any) -> None:
    said = await run("validate_cancel_form", {}, given={"order_number": SHIPPED}, parsed=named(SHIPPED))

    assert said.slots == {"order_number": SHIPPED, "order_confirmed": True, "requested_slot": None}


# What is known is confirmed rather than used in silence


async def test_a_number_from_long_ago_is_asked_about(run: Any) -> None:
    said = await run("validate_cancel_form", {}, given={"order_number": SHIPPED, "order_confirmed": True})

    assert said.slots == {"order_number": SHIPPED, "order_confirmed": None}
    assert said.texts == []


@pytest.mark.parametrize("parsed", [{}, {"metadata": {"turn_id": "t", "order_in_hand": PLACED}}])
@pytest.mark.parametrize("asked", [None, "order_number"])
async def test_a_number_of_this_moment_needs_no_question(run: Any, parsed: dict[str, Any], asked: str | None) -> None:
    said = await run("validate_order_form", {"requested_slot": asked}, given={"order_number": PLACED}, parsed=parsed)

    assert said.slots["order_confirmed"] is (True if parsed or asked else None)


async def test_yes_goes_on_with_the_known_number(run: Any) -> None:
    slots = {"requested_slot": "order_confirmed", "order_number": PLACED}
    said = await run("validate_order_form", slots, given={"order_confirmed": True})

    assert said.slots == {"order_confirmed": True}


async def test_another_order_forgets_the_known_number_and_its_proof(run: Any) -> None:
    slots = {"requested_slot": "order_confirmed", "order_number": PLACED, "proof": MARTA}
    said = await run("validate_cancel_form", slots, given={"order_confirmed": False})

    assert said.slots == {"order_number": None, "order_confirmed": None, "proof": None}


async def test_no_with_the_right_number_is_enough(run: Any) -> None:
    slots = {"requested_slot": "order_confirmed", "order_number": SHIPPED}
    given = {"order_confirmed": False, "order_number": PLACED}
    said = await run("validate_order_form", slots, given=given, parsed=named(PLACED))

    assert said.slots == {"order_number": PLACED, "order_confirmed": True}


async def test_proof_of_an_earlier_order_is_put_aside_without_a_word(run: Any) -> None:
    said = await run("validate_cancel_form", {}, given={"order_number": PLACED, "proof": JOEL}, parsed=named(PLACED))

    assert said.slots == {"order_number": PLACED, "order_confirmed": True, "proof": None}
    assert said.texts == []


async def test_an_item_is_found_by_some_of_its_words(run: Any) -> None:
    said = await run("validate_return_form", {"order_number": DELIVERED}, given={"return_item": "the pan please"})
    unknown = await run("validate_return_form", {"order_number": DELIVERED}, given={"return_item": "a sofa"})

    assert said.slots["return_item"] == "Carbon steel pan, 26 cm"
    assert unknown.slots["return_item"] is None
    assert "Finch mug" in unknown.text


async def test_an_address_needs_a_postcode(run: Any) -> None:
    said = await run("validate_address_form", {"order_number": PLACED}, given={"new_address": "my mum's house"})

    assert said.slots["new_address"] is None
    assert "postcode" in said.text


def candidate(name: str, probability: float, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "question": f"Question {name}?",
        "answer": f"Answer {name}.",
        "probability": probability,
        **more,
    }


FOUND = [candidate("a.one", 0.9), candidate("a.two", 0.4), candidate("a.three", 0.01)]


async def test_an_answer_is_given_with_its_id(run: Any) -> None:
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": FOUND}})

    assert said.texts == ["Answer a.one."]
    assert said.custom[0]["faq_id"] == "a.one"
    assert said.slots["last_faq"]["tried"] == ["a.one"]


async def test_an_entry_can_offer_a_person_and_further_questions(run: Any) -> None:
    flagged = candidate("a.one", 0.9, offer_person=True, follow_ups=[{"id": "a.next", "question": "Next?"}])
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [flagged]}})

    assert said.payloads == ["faq:a.next", "human"]


async def test_likely_questions_are_offered_with_both_ways_out(run: Any) -> None:
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "clarify", "candidates": FOUND}})

    assert said.payloads == ["faq:a.one", "faq:a.two", "faq:a.three", "none_of_these", "human"]
    assert said.custom[0]["kind"] == "clarified"


async def test_not_knowing_is_admitted(run: Any) -> None:
    near = await run("action_answer_faq", parsed={"faq": {"outcome": "abstain", "candidates": FOUND}})
    nothing = await run("action_answer_faq", parsed={"faq": {"outcome": "abstain", "candidates": []}})

    assert "don't have an answer" in near.text
    assert "faq:a.one" in near.payloads
    assert nothing.payloads == ["human"]
    assert nothing.custom[0]["kind"] == "abstained"


async def test_that_did_not_help_tries_the_next_best_once_and_then_a_person(run: Any) -> None:
    answered = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": FOUND}})
    second = await run("action_did_not_help", {"last_faq": answered.slots["last_faq"]})
    third = await run("action_did_not_help", {"last_faq": second.slots["last_faq"]})

    assert "Answer a.two." in second.text
    assert second.custom[0]["faq_id"] == "a.two"
    assert "Answer" not in third.text
    assert "human" in third.payloads


async def test_an_unlikely_second_guess_is_not_made(run: Any) -> None:
    only = [FOUND[0], FOUND[2]]
    answered = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": only}})
    second = await run("action_did_not_help", {"last_faq": answered.slots["last_faq"]})

    assert second.custom[0]["kind"] == "offered_person"


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
    parsed = {"intent": {"name": intent}, "metadata": {"turn_id": "t1", "message_id": "m7"}}
    said = await run("action_hand_off", {"decision": decision}, parsed=parsed)

    assert said.responses == [f"utter_handoff_{reason}"]
    assert said.custom[0]["handoff"]["reason"] == reason
    assert said.custom[0]["handoff"]["evidence"] == ["m7"]
    assert said.custom[0]["handoff"]["note"].endswith(".")


async def test_every_reply_has_a_kind(run: Any) -> None:
    for name in ("action_not_understood", "action_none_of_these", "action_form_help", "action_complaint"):
        said = await run(name)
        assert said.text
        assert said.custom[0]["kind"]


def part(text: str, outcome: str, entry_id: str, task: str | None = None) -> dict[str, Any]:
    """One of several questions as the parse result has it."""
    return {"text": text, "outcome": outcome, "candidates": [candidate(entry_id, 0.9)], "task": task}


async def test_every_question_of_a_message_is_answered_or_named(run: Any) -> None:
    parts = [
        part("who are you?", "abstain", "a"),
        part("how long?", "answer", "b"),
        part("where is mine?", "clarify", "c"),
        part("cancel it", "answer", "d", task="cancel_order"),
    ]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [], "parts": parts}})

    assert said.texts[0] == "Answer b."
    assert "who are you?" in said.texts[1]
    assert "where is mine?" in said.texts[2]
    assert "cancel it" in said.texts[3]
    assert {"human", "faq:c", "task:cancel_order"} <= set(said.payloads)
    assert said.slots["last_faq"]["tried"] == ["b"]


async def test_a_long_question_is_not_repeated_in_full(run: Any) -> None:
    long = "is it true that " + "very " * 100 + "old?"
    parts = [part("how long?", "answer", "b"), part(long, "abstain", "a")]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [], "parts": parts}})

    assert len(said.texts[1]) < 200


@pytest.mark.parametrize(("sure", "honest"), [(0.3, "Which of these"), (0.1, "I'm not sure")])
async def test_unlikely_offers_are_called_so(run: Any, sure: float, honest: str) -> None:
    candidates = [candidate(name, sure) for name in "abc"]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "clarify", "candidates": candidates}})

    assert said.texts[0].startswith(honest)
    assert said.payloads == ["faq:a", "faq:b", "faq:c", "none_of_these", "human"]


async def test_messaging_apps_get_the_short_form(run: Any) -> None:
    parsed = {
        "faq": {"outcome": "answer", "candidates": [candidate("a", 0.9, short="Short a.")]},
        "metadata": {"brief": True},
    }
    short = await run("action_answer_faq", parsed=parsed)
    full = await run("action_answer_faq", parsed={**parsed, "metadata": {"brief": True, "payload": "full:a"}})

    assert short.texts == ["Short a."]
    assert short.payloads == ["full:a"]
    assert full.texts == ["Answer a."]


@pytest.mark.parametrize("typed", ["....", "?!", "-- ;)"])
async def test_signs_alone_are_offered_no_questions(run: Any, typed: str) -> None:
    found = {"outcome": "abstain", "candidates": [candidate("a.one", 0.02)]}
    said = await run("action_answer_faq", parsed={"text": typed, "faq": found})

    assert said.payloads == ["human"]
    assert "catch" in said.text


async def test_a_complaint_gets_a_menu_that_thanks_do_not_accept(run: Any) -> None:
    said = await run("action_complaint")

    assert said.custom[0]["kind"] != "offered_person"
    assert {"human", "task:start_return", "task:order_status"} <= set(said.payloads)
