"""Errors on the wire: always ``{code, message}``, the code stable, the message saying what was expected.

ApiError
|-- NotSignedIn   401
|-- NotAllowed    403
|-- NotFound      404
|-- BadRequest    422
|-- TooMany       429
`-- NotNow        503
"""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class NotSignedIn(ApiError):
    """No valid token or cookie."""

    status = 401


class NotAllowed(ApiError):
    """Signed in, but not for this."""

    status = 403


class NotFound(ApiError):
    """There is no such thing, or it is not yours."""

    status = 404


class BadRequest(ApiError):
    """The request is not of the expected form."""

    status = 422


class TooMany(ApiError):
    """A rate limit was reached."""

    status = 429


class NotNow(ApiError):
    """Somebody we depend on does not answer; it may work in a moment."""

    status = 503
