"""What docs/content.md shows and lists for teaching the handoff is what the program reads and prints."""

import json
import re
from pathlib import Path

from bot.handoff.bot_replies import BotReplyReader
from bot.handoff.detector import DATA, Detector
from bot.handoff.dialogues import ACTIONS, AUTHORS, Dialogue, DialogueTurn, Label, read_dialogues
from bot.handoff.evaluation import evaluate, mistakes, play
from bot.handoff.examples import FRUSTRATION, LISTS, ExampleFile, load_examples
from bot.handoff.reasons import WEIGHED
from bot.handoff.replay import Player, VectorsOnly
from bot.handoff.weights import Costs, Weights
from kb_index.encoder import Encoder

PAGE = (DATA.parents[1] / "docs" / "content.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def rows(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def shown(folder: Path) -> Path:
    """The dialogue on the page as a file."""
    path = folder / "shown.jsonl"
    path.write_text(json.dumps(json.loads(block(section("A labelled dialogue"), "json"))), encoding="utf-8")
    return path


def keys_in(value: object) -> set[str]:
    """Every key of nested JSON."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


def test_the_dialogue_shown_can_be_read_and_each_field_is_explained(tmp_path: Path) -> None:
    (dialogue,) = read_dialogues(shown(tmp_path))
    text = section("A labelled dialogue")
    label = dialogue.handoff()
    assert label is not None
    assert (label.turn, label.reason) == (4, "no_answer")
    assert rows(text).keys() == {*keys_in(json.loads(block(text, "json"))), "facts"}
    assert set(re.findall(r"`(\w+)`", rows(text)["action"])) == set(ACTIONS)
    assert set(re.findall(r"`(\w+)`", rows(text)["author"])) == set(AUTHORS)
    assert set(re.findall(r"`(\w+)`", rows(text)["reason"])) == {*WEIGHED, "null"}


def test_every_figure_that_eval_prints_is_explained(
    encoder: Encoder, detector: Detector, weights: Weights, costs: Costs, tmp_path: Path
) -> None:
    turns = (DialogueTurn("contact", "I want to talk to a human"),)
    wrongly = Dialogue("x", turns, (Label(0, False, None, 0),), "mistake")
    player = Player(VectorsOnly(encoder), encoder, BotReplyReader.load(), detector)
    played = play([*read_dialogues(shown(tmp_path)), wrongly], player)
    result = {**evaluate(played, weights, costs), "mistakes": mistakes(played, weights, costs)}
    explained = rows(section("The figures"))
    assert explained.keys() == result.keys()
    assert result["mistakes"]["false"]
    for key, found in {
        **{key: list(result[key].values()) for key in ("by_reason", "by_kind", "ablations")},
        **{key: result[key] for key in ("reliability", "mistakes")},
    }.items():
        assert keys_in(found) - set(re.findall(r"`(\w+)`", explained[key])) == set(), key


def test_every_file_that_the_handoff_learns_from_is_named() -> None:
    for path in (*(DATA / "examples").glob("*.yml"), *FRUSTRATION.glob("*.yml"), *DATA.glob("*.yml")):
        named = "sensitive_....yml" if path.stem.startswith("sensitive_") else path.name
        assert f"{named}`" in PAGE, path


def test_the_file_of_examples_shown_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "not_helped.yml"
    path.write_text(block(section("A file of examples"), "yaml"), encoding="utf-8")
    shipped = {file.source(name) for file in load_examples() for name in LISTS}
    assert ExampleFile.load(path).unsure <= shipped
