"""What can go wrong in the action server.

ActionsError
|-- SettingsError      a setting is wrong; names the variable
`-- ShopError          the shop database cannot be opened or is not ours
"""

from __future__ import annotations


class ActionsError(Exception):
    """Any fault of the action server that has a name."""


class SettingsError(ActionsError):
    """A setting is wrong."""


class ShopError(ActionsError):
    """The shop database cannot be opened or is not ours."""
