"""Order status, returns, cancelling and the address, on a real database."""

from typing import Any

import pytest

from actions.shop.orders import OrderStatus
from actions.shop.shop import Shop
from tests.actions.orders import DELIVERED, JOEL, MARTA, PLACED, SHIPPED


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


@pytest.mark.parametrize("number", [None, PLACED])
@pytest.mark.parametrize("task", ["action_order_status", "action_start_return", "action_cancel_order"])
async def test_at_its_end_a_task_offers_what_else_was_asked_for(run: Any, task: str, number: str | None) -> None:
    waiting = [
        {"task": "change_address", "text": "change the address", "order_number": number},
        {"task": "cancel_order"},
    ]
    said = await run(task, {"order_number": SHIPPED, "also_asked": waiting})
    alone = await run(task, {"order_number": SHIPPED})

    assert said.responses == ["utter_ask_other_task"]
    assert said.texts == alone.texts
    assert said.slots == {**alone.slots, **({"order_number": number} if number else {})}
    assert alone.responses == []
