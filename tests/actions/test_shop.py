"""The demo shop's database: made once, never ages, refuses what is not its own."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actions.errors import ShopError
from actions.shop.orders import Delivery, OrderStatus, add_working_days
from actions.shop.shop import Made, Shop


def test_forty_orders_in_every_status(shop: Shop) -> None:
    orders = [order for number in range(204500, 204540) if (order := shop.find(f"MF-{number}"))]

    assert len(orders) == 40
    assert {order.status for order in orders} == set(OrderStatus)
    assert {order.delivery for order in orders} == set(Delivery)
    assert all(order.items for order in orders)


def test_the_order_of_the_documentation(shop: Shop) -> None:
    order = shop.find("MF-204518")

    assert order is not None
    assert order.status is OrderStatus.SHIPPED
    assert order.tracking


def test_it_is_made_once(tmp_path: Path) -> None:
    first = Shop.open(tmp_path / "shop.db")
    assert first.cancel("MF-204519", "t1") is Made.NOW
    first.close()
    second = Shop.open(tmp_path / "shop.db")
    order = second.find("MF-204519")
    second.close()

    assert order is not None
    assert order.status is OrderStatus.CANCELLED


def test_the_demo_never_ages(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    shop = Shop.open(path)
    before = shop.find("MF-204518")
    shop._connection.execute("UPDATE shop SET seeded_on = date('now', '-40 days')")
    shop._connection.execute("UPDATE orders SET placed_at = datetime(placed_at, '-40 days')")
    shop.close()
    shop = Shop.open(path)
    after = shop.find("MF-204518")
    shop.close()

    assert before is not None
    assert after is not None
    assert after.placed_at == before.placed_at
    assert datetime.now(UTC) - after.placed_at < timedelta(days=4)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ShopError, match=r"shop\.db"):
        Shop.open(path)

    path.unlink()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(ShopError, match="version 99"):
        Shop.open(path)


def test_proof_is_compared_however_it_is_spelt(shop: Shop) -> None:
    order = shop.find("MF-204518")

    assert order is not None
    assert order.proven_by("bs66la")
    assert order.proven_by(" Amelia.Hart@post.example ")
    assert not order.proven_by("")
    assert not order.proven_by("BS6 6LB")


def test_weekends_are_no_working_days() -> None:
    friday = datetime(2026, 11, 20, tzinfo=UTC)

    assert add_working_days(friday, 1).weekday() == 0
    assert add_working_days(friday, 5) == datetime(2026, 11, 27, tzinfo=UTC)
