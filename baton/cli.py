"""The `baton` command."""

import sys
from typing import Annotated

import typer

from baton.agents_cli import agents
from baton.errors import BatonError
from baton.explain_cli import explain
from baton.lazy_commands import mount

app = typer.Typer(
    name="baton",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain text: rich alone takes half a second to load
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs Baton: a self-service assistant that knows when to pass the baton to a person.",
    epilog="Settings are environment variables named BATON_...; docs/operators.md lists every one.",
)
app.add_typer(agents, name="agents")
mount(
    app, "faq", "kb_index.commands", "faq_app", "Check and try the FAQ: find faults with file and line, ask a question."
)
mount(app, "eval", "kb_index.commands", "eval_app", "Measure how often the answers are right, and calibrate.")
mount(
    app, "encoder", "kb_index.tuning.commands", "encoder_app", "Tune the sentence encoder on this project's questions."
)
mount(app, "handoff", "bot.handoff.commands", "handoff_app", "Teach and measure the decision to hand off.")


@app.command()
def up(
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="Start with the model and pages that are there; do not train or build."),
    ] = False,
) -> None:
    """Start everything and keep it running until Ctrl-C.

    Builds the web pages and trains the assistant first, if they are missing or their files changed. Then it starts
    Redis, the bot, the action server, the switchboard and its worker, waits until each can serve, and prints where
    to look. What dies is started again. The logs are in <data folder>/logs.
    """
    from baton.runner.up import up as run
    from baton.settings import Settings

    run(Settings.load(), as_is=as_is)


@app.command()
def train(
    force: Annotated[bool, typer.Option("--force", help="Train even if nothing changed since the last time.")] = False,
) -> None:
    """Train the assistant from config.yml, domain.yml and data/.

    The model goes to models/. A running bot takes it at its next start.
    """
    from baton import training

    training.train(print, force=force)


@app.command()
def prepare() -> None:
    """Build the web pages and train the assistant, where their files changed, and start nothing.

    `baton up` does this first by itself. Use it to do the slow part beforehand, and then start with `up --as-is`.
    """
    from baton.prepare import prepare as run
    from baton.runner.progress import Progress
    from baton.settings import Settings

    run(Progress.begin().say, Settings.load().model)


@app.command()
def doctor() -> None:
    """Check this installation and say what to do about what is wrong.

    Looks at Python, the environment, Redis, the model, the ports, Node.js, the disk, the web pages and permissions.
    Changes nothing. Exits with 1 if something needs doing.
    """
    from baton.doctor import examine
    from baton.settings import Settings

    findings = examine(Settings.load())
    for finding in findings:
        print(finding)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


app.command()(explain)


def main() -> None:
    """Run a command; a failure is one sentence and exit code 1."""
    try:
        app(prog_name="baton")
    except BatonError as fault:
        print(f"baton: {fault}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("baton: stopped", file=sys.stderr)
        sys.exit(130)
