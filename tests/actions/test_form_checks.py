"""What forms accept, refuse and confirm."""

from typing import Any

import pytest

from tests.actions.orders import DELIVERED, JOEL, MARTA, PLACED, SHIPPED, named

WAITING = [{"task": "cancel_order"}, {"task": "start_return"}]


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


@pytest.mark.parametrize("other", [None, PLACED])
async def test_of_three_tasks_the_first_has_its_own_number_and_the_others_are_kept(run: Any, other: str | None) -> None:
    tasks = [{"task": "order_status", "text": "", "order_number": SHIPPED}]
    tasks += [{"task": task, "text": "", "order_number": other} for task in ("cancel_order", "start_return")]
    parsed = {**named(SHIPPED), "intent": {"name": "order_status"}, "tasks": tasks}
    said = await run("validate_order_form", {}, given={"order_number": other or SHIPPED}, parsed=parsed)

    assert said.slots == {"also_asked": tasks[1:], "order_number": SHIPPED, "order_confirmed": True}


async def test_a_form_that_begins_forgets_what_an_earlier_one_left_undone(run: Any) -> None:
    said = await run("validate_order_form", {"also_asked": WAITING}, parsed={"intent": {"name": "order_status"}})

    assert said.slots["also_asked"] is None


@pytest.mark.parametrize(("form", "left"), [("cancel_form", WAITING[1:]), ("return_form", WAITING[:1])])
async def test_a_form_that_was_asked_for_leaves_the_others_to_be_offered(
    run: Any, form: str, left: list[dict[str, str]]
) -> None:
    [task] = [asked["task"] for asked in WAITING if asked not in left]
    said = await run(f"validate_{form}", {"also_asked": WAITING}, parsed={"intent": {"name": task}})

    assert said.slots["also_asked"] == left


async def test_what_proved_one_order_proves_no_other(run: Any) -> None:
    known = {"requested_slot": "cancel_confirmed", "proof": JOEL, "email": JOEL}
    said = await run("validate_cancel_form", known, given={"order_number": PLACED}, parsed=named(PLACED))

    assert said.slots["proof"] is None


@pytest.mark.parametrize(
    ("form", "asked", "proof", "number"),
    [("return_form", "return_item", JOEL, DELIVERED), ("address_form", "new_address", MARTA, PLACED)],
)
async def test_the_number_of_another_order_is_no_item_and_no_address(
    run: Any, form: str, asked: str, proof: str, number: str
) -> None:
    given = {"order_number": number, asked: number}
    said = await run(f"validate_{form}", {"requested_slot": asked, "proof": proof}, given=given, parsed=named(number))

    assert said.texts == []
    assert said.slots[asked] is None


@pytest.mark.parametrize(("item", "forgotten"), [("Pip table lamp", True), ("Finch mug, set of four", False)])
async def test_an_item_is_forgotten_with_its_order(run: Any, item: str, forgotten: bool) -> None:
    slots = {"requested_slot": "return_reason", "proof": JOEL, "return_item": item}
    given = {"order_number": DELIVERED, "return_reason": "the one in MF-204520"}
    said = await run("validate_return_form", slots, given=given, parsed=named(DELIVERED))

    assert said.slots.get("return_item", item) == (None if forgotten else item)
    assert said.slots["return_reason"] == (None if forgotten else given["return_reason"])


async def test_who_wants_to_try_again_has_not_failed(run: Any) -> None:
    said = await run("action_form_help", {"requested_slot": "proof"}, parsed={"intent": {"name": "try_again"}})

    assert said.texts == ["Of course."]
    assert said.slots == {}
