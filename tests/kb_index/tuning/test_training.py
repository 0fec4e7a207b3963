"""The real thing, with torch: tuning, export, the comparison with sentence-transformers, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from kb_index import minilm, tuned
from kb_index.__main__ import app
from kb_index.encoder import Encoder, load_encoder
from kb_index.errors import DataError, EncoderError
from kb_index.questions import Example
from kb_index.sentence_transformers_encoder import SentenceTransformersEncoder
from kb_index.settings import TUNED_ENCODER
from kb_index.tuning import trial
from kb_index.tuning.examples import of_table
from kb_index.tuning.training import Recipe, tune
from tests.kb_index.tuning import tiny

pytestmark = [
    pytest.mark.train,
    # Warnings of torch about its own inside.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore:Consider using tensor"),
]

TEXTS = ["I ordered a red boat and got a blue one", "where is my paddle?", "hi", "a much longer message " * 9]
QUICK = Recipe(epochs=1, fewest_steps=3)
RUINOUS = Recipe(epochs=1, fewest_steps=8, learning_rate=0.05)


@pytest.fixture(scope="module")
def learned() -> Sequence[Example]:
    return tiny.examples(tiny.LEARNED)


@pytest.fixture(scope="module")
def outcome(learned: Sequence[Example], tmp_path_factory: pytest.TempPathFactory) -> trial.Outcome:
    """One trial with the recipe that ships, for all tests that look at what it left."""
    folder = tmp_path_factory.mktemp("trial")
    train, test = tiny.write(folder / "train.csv", learned), tiny.write(folder / "test.csv", tiny.examples(tiny.OTHERS))
    return trial.run(of_table(train, test, 0.2), folder / "models" / "encoder", wrong_answer_rate=0.05)


def test_what_learned_to_compare_is_kept(outcome: trial.Outcome, tmp_path: Path) -> None:
    right = next(change for change in outcome.changes if change.figure == "right")
    assert right.before < 0.7
    assert right.after > 0.9
    assert outcome.kept
    # Nothing else is left beside it.
    assert [path.name for path in outcome.folder.parent.iterdir()] == ["encoder"]
    encoder = load_encoder(str(outcome.folder), tmp_path)
    assert encoder.name == outcome.encoder
    manifest = json.loads((outcome.folder / TUNED_ENCODER).read_text())
    assert manifest["tuned_from"]["sha256"] == minilm.WEIGHTS_SHA256
    assert (manifest["examples"], manifest["labels"]) == (36, 2)
    assert manifest["figures"][0]["after"] == pytest.approx(right.after, abs=1e-6)


def test_the_exported_graph_gives_the_vectors_of_sentence_transformers(outcome: trial.Outcome, tmp_path: Path) -> None:
    original = SentenceTransformersEncoder.load(outcome.folder)
    exact = tuned.load(outcome.folder, tmp_path, quantized=False)
    assert np.abs(exact.encode(TEXTS) - original.encode(TEXTS)).max() < 5e-6
    fast = tuned.load(outcome.folder, tmp_path)
    assert (fast.encode(TEXTS) * original.encode(TEXTS)).sum(axis=1).min() > 0.95
    shipped = load_encoder()
    assert (fast.encode(TEXTS) * shipped.encode(TEXTS)).sum(axis=1).min() < 0.95
    assert len({original.name, exact.name, fast.name, shipped.name}) == 4


def test_altered_weights_are_refused(outcome: trial.Outcome, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in (tuned.WEIGHTS, tuned.TOKENIZER, TUNED_ENCODER):
        (folder / name).write_bytes((outcome.folder / name).read_bytes())
    weights = bytearray((folder / tuned.WEIGHTS).read_bytes())
    weights[5_000_000] ^= 1
    (folder / tuned.WEIGHTS).write_bytes(weights)
    with pytest.raises(EncoderError, match=r"model\.safetensors: sha256 is .*; make the folder again with: baton enc"):
        load_encoder(str(folder), tmp_path)
    (folder / tuned.WEIGHTS).unlink()
    with pytest.raises(EncoderError, match="cannot be read"):
        load_encoder(str(folder), tmp_path)


def test_a_ruined_encoder_is_thrown_away(learned: Sequence[Example], tmp_path: Path) -> None:
    """It is judged on what the shipped one does well: telling three plain subjects apart."""
    subjects = ("rent a boat", "have lunch", "learn to swim")
    ways = ("I would like to {}", "can we {} here", "{} please", "where do people {}", "how much is it to {}")
    more = ("is it possible to {}", "my family wants to {}", "tell me how to {}", "may I {} today", "let us {}", "{}")
    texts = [Example(way.format(subject), subject) for subject in subjects for way in ways]
    # In other words, so that only what they mean helps.
    meant = dict(zip(subjects, ("hire a dinghy", "get a midday meal", "take lessons in the pool"), strict=True))
    held = [
        Example(way.format(meant[subject]), subject)
        for subject in subjects
        for way in (*more, *(f"hi, {w}" for w in more))
    ]
    material = of_table(tiny.write(tmp_path / "train.csv", texts), tiny.write(tmp_path / "test.csv", held), 0.2)
    folder = tmp_path / "models" / "encoder"
    folder.mkdir(parents=True)
    (folder / "kept.txt").write_text("what was there before")
    outcome = trial.run(material, folder, wrong_answer_rate=0.05, recipe=RUINOUS)
    assert not outcome.kept
    assert outcome.encoder is None
    assert any(change.clearly_worse for change in outcome.changes)
    assert [path.name for path in folder.parent.rglob("*")] == ["encoder", "kept.txt"]


def test_tuning_is_repeatable_and_needs_two_labels(learned: Sequence[Example], tmp_path: Path) -> None:
    for name in ("first", "second"):
        tune(learned, tmp_path / name, recipe=QUICK)
    first, second = ((tmp_path / name / tuned.WEIGHTS).read_bytes() for name in ("first", "second"))
    assert first == second
    with pytest.raises(DataError, match="at least two labels"):
        tune(learned[:1], tmp_path / "third")


def test_any_model_of_sentence_transformers_serves(encoder: Encoder) -> None:
    found = load_encoder(str(minilm.locate()))
    assert found.name.startswith("sentence-transformers-")
    assert found.dimensions == 384
    vectors = found.encode([*TEXTS, "", "\ud800"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors[:4] * encoder.encode(TEXTS)).sum(axis=1).min() > 0.95
    assert found.encode([]).shape == (0, 384)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="holds no model"):
        load_encoder(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot be opened as a model of sentence-transformers"):
        load_encoder(str(tmp_path))


def senseless(examples: Sequence[Example]) -> list[Example]:
    return [Example(example.text, "ab"[number // 2 % 2]) for number, example in enumerate(examples)]


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_shows_what_it_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels that mean nothing cannot be learned, so there is nothing to keep."""
    monkeypatch.chdir(tmp_path)
    train = tiny.write(tmp_path / "train.csv", senseless(tiny.examples(tiny.LEARNED)[:12]))
    test = tiny.write(tmp_path / "test.csv", senseless(tiny.examples(tiny.OTHERS)))
    found = command("encoder", "tune", "--train", train, "--test", test, "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert {figure["figure"] for figure in told["figures"]} == {"right", "auroc", "coverage", "ece"}
    assert told["kept"] == (tmp_path / "models" / "encoder").exists()
    assert told["examples"] == 12
    missing = command("encoder", "tune", "--train", tmp_path / "nowhere.csv")
    assert missing.exit_code == 1
    assert "nowhere.csv: cannot be read" in missing.output


def test_a_tuned_encoder_can_be_measured(
    outcome: trial.Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train, test = (
        tiny.write(Path("train.csv"), tiny.examples(tiny.LEARNED)),
        tiny.write(Path("test.csv"), tiny.examples(tiny.OTHERS)),
    )
    found = command("eval", "intents", "--train", train, "--test", test, "--encoder", outcome.folder, "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["accuracy_in_scope"] > 0.9
