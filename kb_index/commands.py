"""The commands `faq check|build|search|eval` and `eval intents`, for `baton` and for `python -m kb_index`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from kb_index import settings
from kb_index.errors import ContentError, KbIndexError

DATA = Path("data")
FAQ = DATA / "faq"
FIT_QUESTIONS = DATA / "evaluation" / "faq_fit.jsonl"

faq_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Check, build, search and measure the FAQ.",
)
eval_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measure the assistant's parts on labelled data.",
)

Faq = Annotated[Path, typer.Option("--faq", help="Folder of .yml files, or one .yml, .csv or .jsonl file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
EncoderName = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        help="minilm, minilm-fp32 (exact, slower), multilingual, or a folder with a model; "
        "without it, the one that config.yml names.",
    ),
]
Fit = Annotated[
    Path | None,
    typer.Option("--fit", help="Labelled questions to fit the decision on; never the ones it is measured on."),
]


@eval_app.callback()
def _eval() -> None:
    """Keeps `intents` a subcommand while it is the only one."""


@faq_app.command()
def check(
    faq: Faq = FAQ,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail as well.")] = False,
    as_json: Json = False,
    encoder: EncoderName = None,
) -> None:
    """Find faults, with file and line: what cannot be read, dead links, entries that get in each other's way."""
    from kb_index.encoder import load_encoder
    from kb_index.entries import load_entries
    from kb_index.linter import Severity, lint

    with explained():
        try:
            entries = load_entries(faq)
        except ContentError as error:
            faults = [
                {"file": str(f.file), "line": f.line, "severity": "error", "rule": "schema", "message": f.message}
                for f in error.faults
            ]
            _print_findings(faults, as_json)
            raise typer.Exit(1) from error
        findings = lint(entries, load_encoder(encoder or settings.configured_encoder()))
    _print_findings(
        [
            {"file": str(f.file), "line": f.line, "severity": f.severity.value, "rule": f.rule, "message": f.message}
            for f in findings
        ],
        as_json,
    )
    if not as_json:
        say(f"{len(entries)} entries with {sum(len(entry.phrasings) for entry in entries)} wordings")
    if (strict and findings) or any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)


@faq_app.command()
def build(
    faq: Faq = FAQ,
    fit: Fit = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="Folder for the index; the running bot watches the default.")
    ] = None,
    wrong_answer_rate: Annotated[
        float | None,
        typer.Option(
            "--wrong-answer-rate",
            min=0.001,
            max=0.5,
            help="Share of questions that may get a wrong answer; config.yml.",
        ),
    ] = None,
    as_json: Json = False,
    encoder: EncoderName = None,
) -> None:
    """Build the index; a running bot takes the new one within two seconds."""
    folder = index or settings.index_folder()
    with explained(), progress("building", show=not as_json) as step:
        made = _build(faq, fit, encoder, folder, wrong_answer_rate, step)
        made.save(folder)
    facts = {
        "version": made.version,
        "folder": str(folder),
        "entries": len(made.entries),
        "texts": len(made.texts),
        "answer_from": made.policy.answer_from,
        "offer_from": made.policy.offer_from,
        "wrong_answer_rate": made.policy.wrong_answer_rate,
    }
    _print_facts(facts, as_json)


@faq_app.command()
def search(
    text: Annotated[str, typer.Argument(help="What a customer might ask.")],
    faq: Annotated[Path | None, typer.Option("--faq", help="Search these entries instead of the built index.")] = None,
    fit: Fit = None,
    index: Annotated[Path | None, typer.Option("--index", help="Folder of the index.")] = None,
    count: Annotated[int, typer.Option("-k", "--count", min=1, help="How many candidates to show.")] = 5,
    as_json: Json = False,
    encoder: EncoderName = None,
) -> None:
    """Ask a question: candidates with their probabilities and what spoke for each, and what would be done."""
    from kb_index.decision import decide
    from kb_index.encoder import load_encoder
    from kb_index.index import Index

    with explained():
        folder = index or settings.index_folder()
        if faq is not None:
            found = _build(faq, fit, encoder, None, None, None)
        elif not (folder / "current").is_file() and FAQ.is_dir() and index is None:
            found = _build(FAQ, fit, encoder, None, None, None)
        else:
            found = Index.load(folder, load_encoder(encoder or settings.configured_encoder()))
        explanations = found.explain(text, count)
    decision = decide([explanation.match for explanation in explanations], found.policy)
    if as_json:
        print_json(
            {
                "text": text,
                "outcome": decision.outcome.value,
                "matches": [
                    {
                        "entry_id": e.match.entry_id,
                        "probability": round(e.match.probability, 6),
                        "score": round(e.match.score, 6),
                        "wording": e.match.wording,
                        "evidence": {name: round(value, 4) for name, value in e.evidence.items()},
                    }
                    for e in explanations
                ],
            }
        )
        return
    for e in explanations:
        say(f"{e.match.probability:.2f}  {e.match.entry_id}")
        say(f"      nearest wording: {e.match.wording}")
        say("      " + ", ".join(f"{name} {e.evidence[key]:.2f}" for key, name in SHOWN.items()))
    say(f"outcome: {decision.outcome.value} (answers from {found.policy.answer_from:.2f})")


SHOWN = {"meaning": "meaning", "words": "words", "head": "classifier", "answer_meaning": "answer text"}


@faq_app.command("eval")
def eval_faq(
    questions: Annotated[Path, typer.Option("--questions", help="JSON lines with text and expected (id or null).")],
    faq: Faq = FAQ,
    fit: Fit = None,
    gate: Annotated[Path | None, typer.Option("--gate", help="Fail if figures fell below this file's.")] = None,
    write_gate: Annotated[Path | None, typer.Option("--write-gate", help="Write such a file.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write a picture of the reliability and of risk and coverage.")
    ] = None,
    as_json: Json = False,
    encoder: EncoderName = None,
) -> None:
    """Measure any FAQ on any labelled questions, at the operating point that is shipped."""
    from kb_index.evaluation import ask, evaluate_index
    from kb_index.gate import Gate
    from kb_index.questions import load_questions

    with explained(), progress("building", show=not as_json) as step:
        made = _build(faq, fit, encoder, None, None, step)
        asked_questions = load_questions(questions, made.entries.keys())
        report = evaluate_index(made, asked_questions)
        broken: list[str] = []
        if gate or write_gate:
            asked = ask(made, asked_questions)
            if write_gate:
                Gate.of(report, asked, asked_questions).save(write_gate)
            if gate:
                broken = Gate.load(gate).broken_by(report, asked, asked_questions)
        if plot:
            from kb_index.plots import draw

            draw(report, plot)
    _print_report(report.as_dict() | ({"gate": broken} if gate else {}), as_json)
    if broken:
        for line in broken:
            say(f"gate: {line}", error=True)
        raise typer.Exit(1)


@eval_app.command("intents")
def eval_intents(
    train: Annotated[Path, typer.Option("--train", help="CSV with text,label to train on; no label: out of scope.")],
    test: Annotated[Path, typer.Option("--test", help="CSV with text,label to measure on.")],
    validation: Annotated[
        Path | None, typer.Option("--validation", help="CSV with text,label to set the threshold on.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write a picture of the reliability and of risk and coverage.")
    ] = None,
    as_json: Json = False,
    encoder: EncoderName = None,
) -> None:
    """Train the classifier on labelled texts and measure it on others; unknown labels count as out of scope."""
    from kb_index.encoder import load_encoder
    from kb_index.evaluation import evaluate_intents
    from kb_index.intents import IntentClassifier
    from kb_index.questions import load_examples

    with explained(), progress("training", show=not as_json) as step:
        checked = load_examples(validation) if validation else []
        classifier = IntentClassifier.train(
            load_examples(train),
            load_encoder(encoder or settings.configured_encoder()),
            validation=checked,
            progress=step,
        )
        report = evaluate_intents(classifier, load_examples(test))
        if plot:
            from kb_index.plots import draw

            draw(report, plot)
    _print_report(report.as_dict(), as_json)


def _build(
    faq: Path, fit: Path | None, encoder_name: str | None, folder: Path | None, rate: float | None, step: Any
) -> Any:
    """An index of these entries, fitted on the questions given (for the shop's own FAQ: on those that come with it)."""
    from kb_index.encoder import load_encoder
    from kb_index.errors import StoredIndexError
    from kb_index.faq_files import load_faq
    from kb_index.index import Index
    from kb_index.questions import load_questions

    entries = load_faq(faq)
    if fit is None and faq.resolve() == FAQ.resolve() and FIT_QUESTIONS.is_file():
        fit = FIT_QUESTIONS
    questions = load_questions(fit, {entry.id for entry in entries}) if fit else []
    encoder = load_encoder(encoder_name or settings.configured_encoder())
    previous = None
    # Without a usable one every wording is encoded.
    with suppress(StoredIndexError):
        previous = Index.load(folder or settings.index_folder(), encoder)
    rate = settings.configured_wrong_answer_rate() if rate is None else rate
    return Index.build(entries, encoder, questions=questions, previous=previous, wrong_answer_rate=rate, progress=step)


@contextmanager
def explained() -> Iterator[None]:
    """Print what went wrong in one line and leave with code 1."""
    try:
        yield
    except KbIndexError as error:
        say(f"error: {error}", error=True)
        raise typer.Exit(1) from error


@contextmanager
def progress(title: str, *, show: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield step


def say(text: str, *, error: bool = False) -> None:
    typer.echo(text, err=error)


def print_json(values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, indent=1))


def _print_findings(findings: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"findings": findings})
        return
    for found in findings:
        say("{file}:{line}: {severity}: {message} [{rule}]".format(**found))


def _print_facts(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        print_table(
            ["", ""],
            [[name, f"{value:.3f}" if isinstance(value, float) else str(value)] for name, value in facts.items()],
        )


def _print_report(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    rows = []
    for name, value in report.items():
        if name in ("intervals", "counts", "gate"):
            continue
        span = report["intervals"].get(name)
        rows.append([name, "-" if value is None else f"{value:.3f}", f"{span[0]:.3f} to {span[1]:.3f}" if span else ""])
    print_table(["measure", "value", "95 % interval"], rows)
    say(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report["counts"].items()))


def print_table(heads: list[str], rows: list[list[str]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=SIMPLE, show_header=any(heads))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
