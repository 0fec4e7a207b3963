"""What can go wrong in the bot.

BotError
|-- SettingsError        a setting is missing or wrong; names the variable
|-- ModelMissing         there is no trained model to load
|-- TrainingFailed       training ended without a model
`-- TurnError            a turn that cannot be answered; carries the status and code of the JSON error
    |-- BadRequest           422  the request is not what the contract says
    |-- StaleEpoch           409  the conversation has changed hands since this turn was made
    `-- TurnFailed           500  something inside broke; asking again is safe
        `-- Overtaken        500  another process was faster; asking again gets its reply
"""

from __future__ import annotations


class BotError(Exception):
    """Any fault of the bot that has a name."""


class SettingsError(BotError):
    """A setting is missing or wrong."""


class ModelMissing(BotError):
    """There is no trained model to load."""


class TrainingFailed(BotError):
    """Training ended without a model."""


class TurnError(BotError):
    """A turn that cannot be answered."""

    status = 500
    code = "turn_failed"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class BadRequest(TurnError):
    """The request is not what the contract says."""

    status = 422
    code = "bad_request"


class StaleEpoch(TurnError):
    """The conversation has changed hands since this turn was made; its reply would be refused anyway."""

    status = 409
    code = "stale_epoch"


class TurnFailed(TurnError):
    """Something inside broke; nothing was stored, so the same turn may be asked again."""


class Overtaken(TurnFailed):
    """Another process has stored a turn of this conversation meanwhile; asked again, this turn gets its reply."""

    code = "overtaken"


def root_cause(error: BaseException) -> str:
    """Rasa wraps what a component raised; the first cause names the file and line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
