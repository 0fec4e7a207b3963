"""An order of the shop, and the rules that say what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETURN_DAYS = 30


class OrderStatus(StrEnum):
    """How far an order has come."""

    PLACED = "placed"  # paid, not packed: may be cancelled, and the address may change
    PACKED = "packed"  # in a parcel, waiting for the carrier
    SHIPPED = "shipped"  # with the carrier
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Delivery(StrEnum):
    """The kind of delivery, with the longest number of working days it takes."""

    STANDARD = "standard"
    EXPRESS = "express"
    FURNITURE = "furniture"
    EUROPE = "europe"


_WORKING_DAYS = {Delivery.STANDARD: 5, Delivery.EXPRESS: 1, Delivery.EUROPE: 9}


@dataclass(frozen=True)
class Item:
    """One line of an order."""

    name: str
    quantity: int
    pence: int
    returnable: bool


@dataclass(frozen=True)
class Order:
    """An order as the shop knows it."""

    number: str
    email: str
    address: str
    postcode: str
    status: OrderStatus
    delivery: Delivery
    placed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    carrier: str | None
    tracking: str | None
    items: tuple[Item, ...]

    def proven_by(self, proof: str) -> bool:
        """Whether this is the order's e-mail address or its postcode, however it is spelt."""
        given = _bare(proof)
        return given in (_bare(self.email), _bare(self.postcode))

    def open_to_changes(self) -> bool:
        """Cancelling and changing the address end when the parcel is packed."""
        return self.status is OrderStatus.PLACED

    def expected_by(self) -> datetime | None:
        """The last day delivery should take; furniture comes by appointment."""
        days = _WORKING_DAYS.get(self.delivery)
        return None if days is None else add_working_days(self.shipped_at or self.placed_at, days)

    def returnable_until(self) -> datetime | None:
        """The last day of the return period, once the order has arrived."""
        return None if self.delivered_at is None else self.delivered_at + timedelta(days=RETURN_DAYS)

    def find_item(self, words: str) -> Item | None:
        """The item somebody means: by its name, or by the only one that shares a word with what was said."""
        said = {_stem(word) for word in words.lower().replace(",", " ").split() if len(word) > 2}
        scores = {item.name: len(said & {_stem(word) for word in _words(item.name)}) for item in self.items}
        best = max(scores.values(), default=0)
        named = [item for item in self.items if scores[item.name] == best]
        return named[0] if best > 0 and len(named) == 1 else None


def add_working_days(start: datetime, days: int) -> datetime:
    """That many days later, Saturdays and Sundays not counted."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day


def spoken_date(day: datetime) -> str:
    """Thursday 3 December."""
    return f"{day:%A} {day.day} {day:%B}"


def _bare(text: str) -> str:
    return "".join(text.split()).lower()


def _words(name: str) -> list[str]:
    return [word for word in name.lower().replace(",", " ").split() if len(word) > 2]


def _stem(word: str) -> str:
    return word.strip(".!?'").removesuffix("s")
