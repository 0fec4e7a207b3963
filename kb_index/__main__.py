"""`python -m kb_index`: the index on its own, without the rest of Baton."""

from __future__ import annotations

import typer

from kb_index.commands import eval_app, faq_app
from kb_index.tuning.commands import encoder_app

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(faq_app, name="faq")
app.add_typer(eval_app, name="eval")
app.add_typer(encoder_app, name="encoder")

if __name__ == "__main__":
    app()
