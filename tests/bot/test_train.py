"""Training is skipped when nothing changed; a change of content is noticed."""

from pathlib import Path

import pytest

from bot.errors import ModelMissing, TrainingFailed
from bot.fingerprint import fingerprint
from bot.models import find_model
from bot.train import train
from kb_index.settings import TUNED_ENCODER

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    (tmp_path / "config.yml").write_text("language: en\n")
    (tmp_path / "data" / "nlu" / "talk.yml").write_text("nlu: []\n")
    return tmp_path


def test_the_fingerprint_follows_the_content(checkout: Path) -> None:
    before = fingerprint(checkout)
    assert fingerprint(checkout) == before

    (checkout / "data" / "nlu" / "talk.yml").write_text("nlu: [ ]\n")
    changed = fingerprint(checkout)
    assert changed != before

    (checkout / "data" / "nlu" / "more.yml").write_text("nlu: []\n")
    assert fingerprint(checkout) not in {before, changed}


def test_what_a_model_does_not_depend_on_changes_nothing(checkout: Path) -> None:
    before = fingerprint(checkout)
    (checkout / "README.md").write_text("new")

    assert fingerprint(checkout) == before


def test_the_fingerprint_follows_a_tuned_encoder(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for folder in (checkout / "models" / "encoder", tmp_path_factory.mktemp("elsewhere")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TUNED_ENCODER).write_text('{"files": 1}')
        (checkout / "config.yml").write_text(
            f"encoder: &encoder {folder.relative_to(checkout) if folder.is_relative_to(checkout) else folder}\n"
        )
        before = fingerprint(checkout)
        (folder / TUNED_ENCODER).write_text('{"files": 2}')
        assert fingerprint(checkout) != before


@pytest.mark.parametrize(
    ("encoder", "sentence"),
    [
        ("minilm-fp32", r"fitted on encoder 'minilm-v1', not 'minilm-fp32-v1': run `baton handoff fit`"),
        ("maxilm", r"no encoder is called 'maxilm'; expected minilm"),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused_before_training(checkout: Path, encoder: str, sentence: str) -> None:
    handoff = checkout / "data" / "handoff"
    handoff.mkdir()
    for name in ("heads.npz", "bot_reply_heads.npz"):
        (handoff / name).symlink_to(ROOT / "data" / "handoff" / name)
    (checkout / "config.yml").write_text(f"pipeline:\n  - name: Featurizer\n    encoder: {encoder}\n")
    with pytest.raises(TrainingFailed, match=sentence):
        train(checkout)
    assert not list((checkout / "models").glob("*.tar.gz"))


def test_an_unchanged_checkout_is_not_trained_again(checkout: Path) -> None:
    models = checkout / "models"
    models.mkdir()
    model = models / f"baton-{fingerprint(checkout)}.tar.gz"
    model.write_bytes(b"as trained")
    told: list[str] = []
    done = train(checkout, tell=told.append)

    assert not done.trained
    assert done.model == model
    assert model.read_bytes() == b"as trained"
    assert "Nothing changed" in told[0]


def test_the_newest_model_is_found(tmp_path: Path) -> None:
    import os

    for age, name in ((200, "b"), (100, "c"), (300, "a")):
        (tmp_path / f"{name}.tar.gz").write_bytes(b"")
        os.utime(tmp_path / f"{name}.tar.gz", (1_000_000 - age, 1_000_000 - age))

    assert find_model(tmp_path).name == "c.tar.gz"
    assert find_model(tmp_path / "a.tar.gz").name == "a.tar.gz"


def test_no_model_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="baton train"):
        find_model(tmp_path)
