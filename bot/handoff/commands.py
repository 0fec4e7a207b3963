"""`baton handoff fit`, `baton handoff tune` and `baton handoff eval`."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.handoff.errors import HandoffError

if TYPE_CHECKING:
    from bot.handoff.replay import Player, Understanding

DATA_FOLDER = Path(__file__).parents[2] / "data" / "handoff"
MODELS_FOLDER = Path(__file__).parents[2] / "models"

handoff_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Teach and measure the decision to hand off."
)


@handoff_app.callback()
def _group() -> None:
    """Teach and measure the decision to hand off."""


@handoff_app.command()
def fit(
    dialogues: Annotated[Path, typer.Option(help="Labelled dialogues, one JSON object a line.")] = DATA_FOLDER
    / "dialogues_fit.jsonl",
    data: Annotated[Path, typer.Option(help="Folder of examples, patterns and word lists; written to.")] = DATA_FOLDER,
    encoder: Annotated[str | None, typer.Option(help="Sentence encoder; without it, the one in config.yml.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Also cross-validate: the figures to expect on dialogues never seen.")
    ] = False,
) -> None:
    """Learn the heads from example sentences and dialogues, and the weights from the labelled dialogues.

    Writes heads.npz, bot_reply_heads.npz and weights.json. Run it after changing an example, a word list, a pattern
    or a dialogue. Takes about ten minutes. A running bot takes the new files at its next start; docs/operators.md says
    how to restart it.
    """
    from bot.encoder import training_encoder
    from bot.handoff import evaluation, fitting
    from bot.handoff.dialogues import read_dialogues
    from bot.handoff.weights import load_costs
    from kb_index.settings import configured_encoder

    with _plain_errors():
        found = read_dialogues(dialogues)
        costs = load_costs(data / "costs.yml")
        typer.echo(f"Fitting on {len(found)} dialogues ...", err=True)
        loaded = training_encoder(encoder or configured_encoder())
        second = fitting.second_for(loaded, data)
        if second is not None and (new := fitting.new_to(second, found)):
            typer.echo(f"{new} messages are new to the second reading: see `baton handoff tune`", err=True)
        fitted = fitting.fit_all(found, loaded, data, data.parent / "frustration", second=second)
        fitted.save(data)
    typer.echo(f"Written: {data}/heads.npz, bot_reply_heads.npz, weights.json")
    played = [evaluation.Played(dialogue, tuple(fitted.steps[dialogue.id])) for dialogue in found]
    seen = evaluation.figures(evaluation.judge(played, evaluation.shipped(fitted.weights, costs)))
    typer.echo("On the same dialogues, so better than on new ones: " + _line(seen))
    if check:
        unseen = evaluation.figures(fitting.cross_validated(found, fitted.steps, costs))
        typer.echo("Each dialogue judged by a fit on the others: " + _line(unseen))


@handoff_app.command()
def tune(
    dialogues: Annotated[Path, typer.Option(help="Labelled dialogues, one JSON object a line.")] = DATA_FOLDER
    / "dialogues_fit.jsonl",
    data: Annotated[Path, typer.Option(help="Folder of examples; written to.")] = DATA_FOLDER,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Begin again, and judge every message again, after changing many labels.")
    ] = False,
) -> None:
    """Teach the second reading, of a message together with the bot's last words, and write pair_reader.npz.

    It learns what is new on top of what it knows, in some five to fifteen minutes; --afresh takes well over an hour on
    two processors. Needs the training group (script/train-group). Run `baton handoff fit` afterwards: how far to trust
    the second reading is learned there.
    """
    from bot.handoff.dialogues import read_dialogues
    from bot.handoff.examples import judged, load_examples
    from bot.handoff.pair_reader import FILE, Learned
    from bot.handoff.pair_tuning import tune
    from bot.handoff.signal import SignalName

    with _plain_errors():
        found = read_dialogues(dialogues)
        files = load_examples(data / "examples", data.parent / "frustration")
        already = None if afresh or not (data / FILE).is_file() else Learned.load(data / FILE)
        typer.echo(f"Tuning on {len(found)} dialogues ...", err=True)
        examples = judged(files, SignalName.WISH_FOR_PERSON.value)
        tune(found, examples, progress=_told, already=already).save(data / FILE)
    typer.echo(f"Written: {data / FILE}. Now run: baton handoff fit")


def _told(_: str, done: int, total: int) -> None:
    typer.echo(f"  {done} of {total} readers", err=True)


@handoff_app.command("eval")
def evaluate(
    dialogues: Annotated[Path, typer.Option(help="Labelled dialogues, one JSON object a line.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON, under the keys that docs/content.md lists.")
    ] = False,
    model: Annotated[
        Path, typer.Option(help="The trained assistant (file or folder) whose NLU pipeline reads the messages.")
    ] = MODELS_FOLDER,
    vectors_only: Annotated[
        bool, typer.Option("--vectors-only", help="Without a trained assistant: only the sentence encoder.")
    ] = False,
    data: Annotated[Path, typer.Option(help="Folder of heads, weights and costs.")] = DATA_FOLDER,
    encoder: Annotated[str | None, typer.Option(help="Sentence encoder; without it, the one in config.yml.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write reliability and threshold curve to this PNG file.")] = None,
) -> None:
    """Replay labelled dialogues through the assistant's pipeline and the decision, and print how well it did.

    Each line: {"id", "turns": [{"author": "contact"|"bot"|"agent", "text"}], "labels": [{"turn", "handoff", "reason",
    "frustration": 0-3}]}; turn is the index of a contact's turn. Optional are "kind", which groups results, "facts"
    of the contact, and in a bot's turn "action" and "faq_id". docs/content.md shows a whole one and explains every
    figure.
    """
    from bot.handoff import evaluation
    from bot.handoff.dialogues import read_dialogues
    from bot.handoff.weights import load_costs, load_weights

    with _plain_errors():
        found = read_dialogues(dialogues)
        weights, costs = load_weights(data / "weights.json"), load_costs(data / "costs.yml")
        played = evaluation.play(found, _player(model, vectors_only, data, encoder))
        result = evaluation.evaluate(played, weights, costs)
        result["mistakes"] = evaluation.mistakes(played, weights, costs)
        if plot is not None:
            from bot.handoff.plots import save_plot

            save_plot(result, plot)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        _print_tables(result)


def _player(model: Path, vectors_only: bool, data: Path, encoder: str | None) -> "Player":
    from bot.handoff.bot_replies import BotReplyReader
    from bot.handoff.detector import load_detector
    from bot.handoff.replay import Player, VectorsOnly
    from kb_index.encoder import load_encoder
    from kb_index.settings import configured_encoder

    loaded = load_encoder(encoder or configured_encoder())
    detector = load_detector(data)
    detector.heads.check_encoder(loaded.name)
    if vectors_only:
        understanding: Understanding = VectorsOnly(loaded)
    else:
        understanding = _trained(model)
    return Player(understanding, loaded, BotReplyReader.load(data), detector)


def _trained(model: Path) -> "Understanding":
    """The assistant's own pipeline; what its libraries say about themselves stays out of the table."""
    from bot.lazy_tensorflow import postpone_tensorflow
    from bot.settings import keep_private

    keep_private()
    postpone_tensorflow()
    # Recorded, not filtered: Rasa and TensorFlow put filters of their own in place.
    with warnings.catch_warnings(record=True):
        from bot.handoff.trained import TrainedPipeline
        from bot.quiet import quieten

        quieten()
        pipeline = TrainedPipeline.load(model)
    typer.echo(f"Reading messages with {pipeline.model} ...", err=True)
    return pipeline


def _print_tables(result: dict[str, Any]) -> None:
    typer.echo(f"{result['dialogues']} dialogues, handed off from probability {result['threshold']:.2f}\n")
    for name, (low, high) in result["intervals"].items():
        typer.echo(f"{name:<22}{result[name]:>8.3f}   95 % interval {low:.3f} to {high:.3f}")
    for name in ("frustration_auroc", "frustration_ap"):
        typer.echo(f"{name:<22}{result[name]:>8.3f}")
    _table("By reason", result["by_reason"])
    _table("By kind", result["by_kind"])
    _list("False handoffs", result["mistakes"]["false"])
    _list("Missed handoffs", result["mistakes"]["missed"])
    _table("With one signal silenced", result["ablations"])
    reliability = result["reliability"]
    typer.echo(f"\nReliability (expected calibration error {reliability['expected_calibration_error']:.3f})")
    for row in reliability["bins"]:
        typer.echo(f"  said {row['said']:.2f}   true {row['true']:.2f}   of {row['count']} messages")
    _table("Other thresholds", {f"{row['threshold']:.2f}": row for row in result["threshold_curve"]})


def _table(title: str, rows: dict[str, dict[str, float]]) -> None:
    typer.echo(f"\n{title}")
    if not rows:
        return
    columns = [name for name in next(iter(rows.values())) if name != "threshold"]
    widths = [max(len(name), 7) + 2 for name in columns]
    first = max(map(len, rows)) + 2
    typer.echo(" " * first + "".join(name.rjust(width) for name, width in zip(columns, widths, strict=True)))
    for label, row in rows.items():
        cells = (_cell(row[name]).rjust(width) for name, width in zip(columns, widths, strict=True))
        typer.echo(label.ljust(first) + "".join(cells))


def _list(title: str, mistakes: list[dict[str, Any]]) -> None:
    typer.echo(f"\n{title}: {len(mistakes)}")
    for one in mistakes:
        typer.echo(f"  {one['dialogue']}, turn {one['turn']} ({one['reason']}): {' '.join(one['text'].split())}")
        if one["note"]:
            typer.echo(f"      {one['note']}")


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


@contextmanager
def _plain_errors() -> Iterator[None]:
    """One clear sentence and exit code 1 for faults in what was given."""
    from bot.errors import BotError
    from kb_index.errors import KbIndexError

    try:
        yield
    except (HandoffError, BotError, KbIndexError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
