"""Commands that belong to other packages, imported when they are used and not before."""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from baton.errors import BatonError


class LazyGroup(TyperGroup):
    """A group of commands whose module is imported at its first use, so that `baton --help` stays quick."""

    module = ""
    attribute = ""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands of the real group."""
        return list(self._real().list_commands(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command in the real group."""
        return self._real().get_command(ctx, cmd_name)

    def _real(self) -> Any:
        try:
            app = getattr(importlib.import_module(self.module), self.attribute)
        except ImportError as fault:
            raise BatonError(
                f"{self.module} cannot be loaded ({fault}); run script/server to install everything."
            ) from fault
        return get_command(app)


def mount(app: typer.Typer, name: str, module: str, attribute: str, text: str) -> None:
    """Add another package's commands under a name."""
    group = type(f"{name.title()}Group", (LazyGroup,), {"module": module, "attribute": attribute})
    placeholder = typer.Typer(cls=group, no_args_is_help=True, rich_markup_mode=None)
    # Typer leaves out groups without commands; the group's own methods answer with the real ones.
    placeholder.command(name="-", hidden=True)(_nothing)
    app.add_typer(placeholder, name=name, help=text)


def _nothing() -> None:
    """Never reached: the real group knows no such command."""
