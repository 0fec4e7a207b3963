"""The command without the training group: it says what to install, before anything else is done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kb_index import minilm
from kb_index.__main__ import app
from kb_index.encoder import load_encoder
from kb_index.errors import TrainingGroupMissing


@pytest.fixture
def _without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_without_torch")
def test_the_missing_group_is_named(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["encoder", "tune", "--train", str(tmp_path / "nowhere.csv")])
    assert found.exit_code == 1
    assert found.output.startswith("error: fine-tuning the encoder needs sentence-transformers and torch")
    assert "script/train-group" in found.output
    assert "nowhere" not in found.output


@pytest.mark.usefixtures("_without_torch")
def test_so_it_is_for_a_model_of_sentence_transformers() -> None:
    with pytest.raises(TrainingGroupMissing, match=r"running the model in .* needs sentence-transformers and torch"):
        load_encoder(str(minilm.locate()))
