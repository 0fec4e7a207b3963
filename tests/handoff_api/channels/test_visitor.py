"""A website vouches for its visitor by a signature over all that agents are shown as confirmed."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest
from pydantic import ValidationError

from handoff_api.channels.visitor import Identity, contact_of
from handoff_api.errors import BadRequest

SECRET = "of-the-website"


def signed(*fields: str) -> str:
    return hmac.new(SECRET.encode(), "\n".join(fields).encode(), sha256).hexdigest()


def test_a_signed_identity_is_verified() -> None:
    identity = Identity(id="42", name="Ana", email="ana@example.com", signature=signed("42", "Ana", "ana@example.com"))

    contact = contact_of(identity, None, SECRET)

    assert contact.verified
    assert (contact.name, contact.email) == ("Ana", "ana@example.com")


def test_what_is_not_sent_is_signed_as_empty() -> None:
    assert contact_of(Identity(id="42", signature=signed("42", "", "")), None, SECRET).verified


@pytest.mark.parametrize("changed", [{"id": "43"}, {"name": "Eve"}, {"email": "eve@example.com"}, {"email": None}])
def test_nothing_signed_can_be_changed_in_the_browser(changed: dict[str, str | None]) -> None:
    sent = {"id": "42", "name": "Ana", "email": "ana@example.com", "signature": signed("42", "Ana", "ana@example.com")}

    with pytest.raises(BadRequest):
        contact_of(Identity.model_validate({**sent, **changed}), None, SECRET)


def test_a_tier_counts_only_where_it_is_signed() -> None:
    with_tier, without = signed("42", "Ana", "", "gold"), signed("42", "Ana", "")

    def tier(signature: str | None, sent: str | None) -> str | None:
        return contact_of(Identity(id="42", name="Ana", tier=sent, signature=signature), None, SECRET).tier

    assert tier(with_tier, "gold") == "gold"
    assert tier(without, None) is None
    for signature, sent in ((without, "gold"), (with_tier, "vip"), (with_tier, None), (None, "gold")):
        with pytest.raises(BadRequest):
            tier(signature, sent)


def test_no_secret_vouches_for_nobody() -> None:
    empty = hmac.new(b"", b"42\n\n", sha256).hexdigest()

    with pytest.raises(BadRequest):
        contact_of(Identity(id="42", signature=empty), None, "")


def test_an_unsigned_identity_is_unverified() -> None:
    assert not contact_of(Identity(id="42", name="Ana"), None, SECRET).verified


def test_a_line_feed_cannot_move_a_border() -> None:
    with pytest.raises(ValidationError):
        Identity(id="42\nAna", signature=signed("42", "Ana", ""))
