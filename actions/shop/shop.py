"""The shop database: finds orders, and makes returns, cancellations and address changes, each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from actions.errors import ShopError
from actions.shop.orders import Delivery, Item, Order, OrderStatus

_VERSION = 1
_DATES = ("placed_at", "shipped_at", "delivered_at", "cancelled_at")


class Made(StrEnum):
    """What became of a wish to change something."""

    NOW = "now"  # done
    BEFORE = "before"  # it was done already; nothing changed
    TOO_LATE = "too_late"  # the order has gone too far


@dataclass(frozen=True)
class ReturnSlip:
    """A return as it was registered."""

    code: str
    item: str
    made: Made


class Shop:
    """One connection to the database; the action server runs one skill at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Shop:
        """Open the database; make and fill it when there is none; keep its dates current."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA busy_timeout = 2000")
            shop = cls(connection)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                shop._create()
            elif version != _VERSION:
                raise ShopError(f"{path} is a shop database of version {version}; expected {_VERSION}: delete it")
            shop._keep_current()
        except (sqlite3.Error, OSError) as error:
            raise ShopError(f"{path} cannot be used as the shop database: {error}") from error
        return shop

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def find(self, number: str) -> Order | None:
        """The order of that number."""
        row = self._connection.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
        if row is None:
            return None
        items = self._connection.execute(
            "SELECT name, quantity, pence, returnable FROM items WHERE order_number = ? ORDER BY rowid", (number,)
        )
        return Order(
            number=row["number"],
            email=row["email"],
            address=row["address"],
            postcode=row["postcode"],
            status=OrderStatus(row["status"]),
            delivery=Delivery(row["delivery"]),
            placed_at=_time(row["placed_at"]) or datetime.now(UTC),
            shipped_at=_time(row["shipped_at"]),
            delivered_at=_time(row["delivered_at"]),
            cancelled_at=_time(row["cancelled_at"]),
            carrier=row["carrier"],
            tracking=row["tracking"],
            items=tuple(Item(i["name"], i["quantity"], i["pence"], bool(i["returnable"])) for i in items),
        )

    def start_return(self, order: Order, item: str, reason: str, turn_id: str | None) -> ReturnSlip:
        """Register a return once; asked again, the first one is told."""
        with self._writing():
            known = self._connection.execute(
                "SELECT code, turn_id FROM returns WHERE order_number = ? AND item = ?", (order.number, item)
            ).fetchone()
            if known is not None:
                return ReturnSlip(known["code"], item, _now_or_before(known["turn_id"], turn_id))
            count = self._connection.execute(
                "SELECT count(*) FROM returns WHERE order_number = ?", (order.number,)
            ).fetchone()[0]
            code = f"R-{order.number.removeprefix('MF-')}-{count + 1}"
            self._connection.execute(
                "INSERT INTO returns (code, order_number, item, reason, created_at, turn_id)"
                " VALUES (?, ?, ?, ?, datetime('now'), ?)",
                (code, order.number, item, reason[:500], turn_id),
            )
            return ReturnSlip(code, item, Made.NOW)

    def cancel(self, number: str, turn_id: str | None) -> Made:
        """Cancel an order that is not packed yet."""
        with self._writing():
            status = self._status(number)
            if status is OrderStatus.CANCELLED:
                return _now_or_before(self._last_change(number, "cancelled"), turn_id)
            if status is not OrderStatus.PLACED:
                return Made.TOO_LATE
            self._connection.execute(
                "UPDATE orders SET status = 'cancelled', cancelled_at = datetime('now') WHERE number = ?", (number,)
            )
            self._note(number, "cancelled", "", turn_id)
            return Made.NOW

    def change_address(self, number: str, address: str, postcode: str, turn_id: str | None) -> Made:
        """Send an order that is not packed yet to another address."""
        with self._writing():
            if self._status(number) is not OrderStatus.PLACED:
                return Made.TOO_LATE
            same = self._connection.execute(
                "SELECT 1 FROM orders WHERE number = ? AND address = ?", (number, address)
            ).fetchone()
            if same is not None:
                return _now_or_before(self._last_change(number, "address"), turn_id)
            self._connection.execute(
                "UPDATE orders SET address = ?, postcode = ? WHERE number = ?", (address, postcode, number)
            )
            self._note(number, "address", address, turn_id)
            return Made.NOW

    def _status(self, number: str) -> OrderStatus | None:
        row = self._connection.execute("SELECT status FROM orders WHERE number = ?", (number,)).fetchone()
        return None if row is None else OrderStatus(row["status"])

    def _last_change(self, number: str, kind: str) -> str | None:
        row = self._connection.execute(
            "SELECT turn_id FROM changes WHERE order_number = ? AND kind = ? ORDER BY rowid DESC LIMIT 1",
            (number, kind),
        ).fetchone()
        return None if row is None else row["turn_id"]

    def _note(self, number: str, kind: str, value: str, turn_id: str | None) -> None:
        self._connection.execute(
            "INSERT INTO changes (order_number, kind, value, created_at, turn_id) VALUES (?, ?, ?, datetime('now'), ?)",
            (number, kind, value, turn_id),
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _create(self) -> None:
        folder = files("actions.shop")
        script = (folder / "schema.sql").read_text("utf-8") + (folder / "seed.sql").read_text("utf-8")
        self._connection.executescript(f"BEGIN;\n{script}\nCOMMIT;")

    def _keep_current(self) -> None:
        """Move every date on by the days since the last start, so that the demo never ages."""
        with self._writing():
            days = self._connection.execute(
                "SELECT CAST(julianday(date('now')) - julianday(seeded_on) AS INTEGER) FROM shop"
            ).fetchone()[0]
            if days <= 0:
                return
            moved = ", ".join(f"{name} = datetime({name}, '+{days} days')" for name in _DATES)
            self._connection.execute(f"UPDATE orders SET {moved}")
            self._connection.execute("UPDATE shop SET seeded_on = date('now')")


def _now_or_before(made_in: str | None, turn_id: str | None) -> Made:
    """The turn that made it and is run again (its reply was lost) made it now."""
    return Made.NOW if turn_id is not None and made_in == turn_id else Made.BEFORE


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)
