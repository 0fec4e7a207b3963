"""Errors of the handoff detector.

HandoffError
├── HandoffDataError    a file of examples, weights, costs or dialogues is missing or malformed
└── StaleHeadsError     the fitted heads do not belong to this encoder
"""


class HandoffError(Exception):
    """Base of everything this package raises on purpose."""


class HandoffDataError(HandoffError):
    """A data file is missing or malformed; the message names file, line and what was expected."""


class StaleHeadsError(HandoffError):
    """The heads were fitted on another encoder: run `baton handoff fit`."""
