"""The command `encoder tune`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from kb_index.commands import DATA, FAQ, FIT_QUESTIONS, Json, explained, print_json, print_table, progress, say

OUT = Path("models") / "encoder"
TITLES = {
    "right": "best candidate is right",
    "auroc": "AUROC",
    "coverage": "coverage at the wrong-answer rate",
    "ece": "calibration error",
}

encoder_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Fit the sentence encoder to this project.",
)


@encoder_app.callback()
def _encoder() -> None:
    """Keeps `tune` a subcommand while it is the only one."""


@encoder_app.command()
def tune(
    train: Annotated[
        Path | None,
        typer.Option(
            "--train",
            help="CSV with text,label; or JSON lines with text,expected for the entries of --faq. "
            "Without it: the wordings in data/faq and the examples in data/nlu, judged on questions to fit on.",
        ),
    ] = None,
    test: Annotated[
        Path | None, typer.Option("--test", help="Judge on this file (same form) instead of holding a share back.")
    ] = None,
    faq: Annotated[Path, typer.Option("--faq", help="Folder of .yml files, or one .yml, .csv or .jsonl file.")] = FAQ,
    hold_out: Annotated[
        float, typer.Option("--hold-out", min=0.05, max=0.5, help="Share of questions kept back to judge on.")
    ] = 0.25,
    wrong_answer_rate: Annotated[
        float, typer.Option("--wrong-answer-rate", min=0.001, max=0.5, help="Where coverage is measured.")
    ] = 0.05,
    refit: Annotated[
        bool, typer.Option("--refit", help="If it is better, tune it again on the held-out questions too.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder of the tuned encoder.")] = OUT,
    as_json: Json = False,
) -> None:
    """Tune the encoder on labelled questions, and keep it only if it answers held-out ones better.

    Takes minutes on a processor. Better means: of the share that is right, AUROC and coverage, at least one clearly
    rose (95 % interval of the difference above zero), none clearly fell, and probabilities can still be trusted.
    """
    from kb_index.tuning import examples
    from kb_index.tuning.training import require_group
    from kb_index.tuning.trial import run

    with explained(), progress("tuning", show=not as_json) as step:
        require_group()
        if train is None:
            questions = FIT_QUESTIONS if FIT_QUESTIONS.is_file() else None
            nlu = DATA / "nlu"
            material = examples.of_project(faq, questions, nlu if nlu.is_dir() else None, test, hold_out)
        elif train.suffix == ".jsonl":
            material = examples.of_questions(faq, train, test, hold_out)
        else:
            material = examples.of_table(train, test, hold_out)
        outcome = run(material, out, wrong_answer_rate=wrong_answer_rate, refit=refit, progress=step)
    if as_json:
        print_json(outcome.as_dict())
        return
    heads = ["judged by", "measure", "before", "after", "change"]
    rows = [
        [
            change.judge,
            TITLES[change.figure],
            _cell(change.before, change.before_span),
            _cell(change.after, change.after_span),
            _cell(change.gain, change.gain_span, sign=True),
        ]
        for change in outcome.changes
    ]
    print_table(heads, rows)
    if outcome.kept:
        say(f"better: kept in {out}. To use it, name that folder in config.yml; docs/content.md says what follows.")
    else:
        say("not clearly better on the held-out questions: thrown away, nothing changed.")


def _cell(value: float, span: tuple[float, float], *, sign: bool = False) -> str:
    if math.isnan(value):
        return "-"
    form = "{:+.3f} ({:+.3f} to {:+.3f})" if sign else "{:.3f} ({:.3f} to {:.3f})"
    return form.format(value, *span)
