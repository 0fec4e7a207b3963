"""Visitor tokens: signed, bound to one conversation; and identities signed by the website."""

from __future__ import annotations

import hmac
from hashlib import sha256
from secrets import token_hex
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field

from handoff_api.conversations.model import Contact
from handoff_api.errors import BadRequest, NotSignedIn

# A line feed separates what is signed, so nothing signed may contain one.
_ONE_LINE = r"^[^\r\n]*$"
_EXPECTED_SIGNATURE = (
    "expected the signature to be HMAC-SHA256 of id, name and email (and tier, if any) joined by line feeds, in hex"
)
_UNSIGNED_TIER = "expected a signature: who belongs to a tier is for the website to say"


class Identity(BaseModel):
    """Who the website says its visitor is.

    ``signature`` is hex HMAC-SHA256, with the identity secret, of id, name and e-mail address joined by line feeds (an
    absent one is empty), and of the tier after them where there is one: all that agents are shown as confirmed is
    signed.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=200, pattern=_ONE_LINE)
    name: str | None = Field(None, max_length=200, pattern=_ONE_LINE)
    email: str | None = Field(None, max_length=320, pattern=_ONE_LINE)
    tier: str | None = Field(None, min_length=1, max_length=50, pattern=_ONE_LINE)
    signature: str | None = Field(None, max_length=128)

    def signed_text(self) -> bytes:
        """What the signature vouches for."""
        tier = [self.tier] if self.tier else []
        return "\n".join([self.id, self.name or "", self.email or "", *tier]).encode()


class VisitorTokens:
    """Makes and reads the tokens that browsers of contacts hold."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="baton.visitor")

    def issue(self, conversation_id: str) -> str:
        token = self._serializer.dumps({"c": conversation_id})
        return token if isinstance(token, str) else token.decode("ascii")

    def read(self, token: str) -> str:
        """The conversation of a token. Raises NotSignedIn."""
        try:
            payload: Any = self._serializer.loads(token)
            return str(payload["c"])
        except (BadSignature, KeyError, TypeError):
            raise NotSignedIn("bad_token", "expected a visitor token; start a new conversation") from None


def contact_of(identity: Identity | None, page: str | None, identity_secret: str) -> Contact:
    """The contact behind a new conversation. Raises BadRequest for a signature that does not fit, or a tier without."""
    if identity is None:
        return Contact(id="v-" + token_hex(8), page=page)
    verified = False
    if identity.signature is not None:
        expected = hmac.new(identity_secret.encode(), identity.signed_text(), sha256).hexdigest()
        verified = bool(identity_secret) and hmac.compare_digest(expected, identity.signature)
        if not verified:
            raise BadRequest("identity_invalid", _EXPECTED_SIGNATURE)
    elif identity.tier:
        raise BadRequest("identity_invalid", _UNSIGNED_TIER)
    return Contact(identity.id, identity.name, identity.email, page, verified, identity.tier)
