"""The index finds entries by meaning and by words, and survives being saved, edited and swapped."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kb_index import watcher as watcher_module
from kb_index.decision import Outcome
from kb_index.encoder import Encoder, Vectors
from kb_index.errors import DataError, StoredIndexError
from kb_index.index import Index
from kb_index.index_files import current_version
from kb_index.questions import Question
from kb_index.watcher import IndexWatcher
from tests.kb_index import shop


class CountingEncoder:
    """The real encoder, remembering what it was asked for."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return self._encoder.encode(texts)


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> Index:
    return Index.build(shop.entries(), encoder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'd like to take a small boat out for an hour", "boats.rent"),
        ("can my labrador join us", "boats.dogs"),
        ("swim classes for my son", "swim.lessons"),
        ("is there something for people who cannot have wheat?", "cafe.cake"),
    ],
)
def test_finds_by_meaning(index: Index, text: str, expected: str) -> None:
    assert index.search(text)[0].entry_id == expected


@pytest.mark.parametrize(("text", "expected"), [("I see e42", "boats.error"), ("I see e17", "boats.error_card")])
def test_an_error_code_decides_between_twins(index: Index, text: str, expected: str) -> None:
    first, second = index.search(text, 2)
    assert {first.entry_id, second.entry_id} == {"boats.error", "boats.error_card"}
    assert first.entry_id == expected


def test_matches_are_ordered_and_calibrated(index: Index) -> None:
    matches = index.search("what does it cost to hire a boat")
    assert len(matches) == 5
    probabilities = [match.probability for match in matches]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.5 < probabilities[0] <= 1
    assert matches[0].wording in {"boat rental price", "what does an hour on the lake cost", "hire a rowing boat"}
    far = index.search("who won the football match yesterday")[0].probability
    assert far < probabilities[0] / 2


def test_a_given_vector_is_used(index: Index, encoder: Encoder) -> None:
    counting = CountingEncoder(encoder)
    index = Index.build(shop.entries(), counting)
    vector = encoder.encode(["dog on board?"])[0]
    counting.encoded.clear()
    assert index.search("dog on board?", vector=vector) == index.search("dog on board?")
    assert counting.encoded == ["dog on board?"]


@pytest.mark.parametrize("text", ["", "   ", "🙂", "x" * 10_000, "\x00\ud800", "?!", "12"])
def test_hopeless_input_is_not_answered(index: Index, text: str) -> None:
    matches = index.search(text)
    assert len(matches) in (0, 5)
    assert index.decide(text).outcome is not Outcome.ANSWER


def test_an_entry_out_of_its_period_is_not_found(encoder: Encoder) -> None:
    entries = [
        replace(entry, valid_until=date(2026, 8, 31)) if entry.id == "swim.water" else entry for entry in shop.entries()
    ]
    index = Index.build(entries, encoder)
    assert index.search("how warm is the lake", day=date(2026, 8, 31))[0].entry_id == "swim.water"
    assert "swim.water" not in [
        match.entry_id for match in index.search("how warm is the lake", 8, day=date(2026, 9, 1))
    ]


def test_saved_index_gives_the_same_matches(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    version = index.save(tmp_path)
    loaded = Index.load(tmp_path, encoder)
    assert loaded.version == version == current_version(tmp_path)
    for text in ("hire a boat", "error e17", "gluten", "where are the stars"):
        found, expected = loaded.search(text), index.search(text)
        assert [(match.entry_id, match.wording) for match in found] == [
            (match.entry_id, match.wording) for match in expected
        ]
        # Sums of three numbers may differ in the last bit, by where in memory they lie.
        assert [match.probability for match in found] == pytest.approx([match.probability for match in expected])
    assert loaded.entries == index.entries
    assert isinstance(loaded.evidence.rows.vectors.base, np.memmap)


def test_versions_are_named_by_content(index: Index, encoder: Encoder) -> None:
    assert Index.build(shop.entries(), encoder).version == index.version
    edited = shop.entries(cafe__hours=("When is the café open?", "Daily from 9 to 18.", ["opening hours"]))
    assert Index.build(edited, encoder).version != index.version


def test_an_edit_encodes_only_what_changed(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    index.save(tmp_path)
    counting = CountingEncoder(encoder)
    question, answer, wordings = shop.WRITTEN["cafe.hours"]
    edited = shop.entries(cafe__hours=(question, answer, [*wordings, "is the coffee bar shut on Mondays"]))
    second = Index.build(edited, counting, previous=Index.load(tmp_path, encoder))
    assert counting.encoded == ["is the coffee bar shut on Mondays"]
    assert second.search("coffee bar closed on Monday?")[0].wording == "is the coffee bar shut on Mondays"
    assert Index.build(edited, encoder).search("coffee bar closed on Monday?") == second.search(
        "coffee bar closed on Monday?"
    )


def test_removed_entry_is_gone(index: Index, encoder: Encoder) -> None:
    fewer = Index.build([entry for entry in shop.entries() if entry.id != "boats.dogs"], encoder, previous=index)
    assert "boats.dogs" not in {match.entry_id for match in fewer.search("dog on the boat", 10)}


def test_running_process_gets_the_new_version_without_a_pause(
    index: Index, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher_module, "LOOK_EVERY_SECONDS", 0.05)
    index.save(tmp_path)
    watcher = IndexWatcher.load(tmp_path, encoder)
    assert watcher.current().version == index.version
    changed = Index.build(
        shop.entries(boats__moon=("Can I row at full moon?", "Yes, until 23.", ["moonlight trip", "rowing at night"])),
        encoder,
        previous=index,
    )
    slowest = 0.0
    threading.Timer(0.1, changed.save, [tmp_path]).start()
    deadline = time.monotonic() + 10
    while watcher.current().version != changed.version:
        started = time.perf_counter()
        assert watcher.current().search("hire a boat", vector=encoder.encode(["hire a boat"])[0])
        slowest = max(slowest, time.perf_counter() - started)
        assert time.monotonic() < deadline
    assert watcher.current().search("moonlight")[0].entry_id == "boats.moon"
    assert slowest < 1


def test_a_new_version_is_there_before_anybody_asks(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    index.save(tmp_path)
    watcher = IndexWatcher.load(tmp_path, encoder)
    words = ("Can I row at full moon?", "Yes, until 23.", ["moonlight trip", "rowing at night"])
    changed = Index.build(shop.entries(boats__moon=words), encoder, previous=index)
    changed.save(tmp_path)
    time.sleep(2)
    assert watcher.current().version == changed.version


def test_a_damaged_new_version_leaves_the_old_one_in_use(
    index: Index, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watcher_module, "LOOK_EVERY_SECONDS", 0.0)
    index.save(tmp_path)
    watcher = IndexWatcher.load(tmp_path, encoder)
    (tmp_path / "current").write_text("nothing\n")
    deadline = time.monotonic() + 10
    while "stays" not in caplog.text and time.monotonic() < deadline:
        assert watcher.current() is not None
        time.sleep(0.02)
    assert "the new FAQ index cannot be used" in caplog.text
    assert watcher.current().search("hire a boat")[0].entry_id == "boats.rent"


def test_old_versions_are_removed_but_stay_usable(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    index.save(tmp_path)
    opened = Index.load(tmp_path, encoder)
    for hour in range(3):
        answer = f"Daily from {hour} to 18."
        Index.build(shop.entries(cafe__hours=("When is it open?", answer, [])), encoder, previous=index).save(tmp_path)
    assert not (tmp_path / index.version).exists()
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
    assert opened.search("hire a boat")[0].entry_id == "boats.rent"


def test_what_cannot_be_loaded_says_why(index: Index, encoder: Encoder, exact_encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(StoredIndexError, match="baton faq build"):
        Index.load(tmp_path, encoder)
    index.save(tmp_path)
    with pytest.raises(StoredIndexError, match="made by the encoder minilm-v1, not by minilm-fp32-v1"):
        Index.load(tmp_path, exact_encoder)
    (tmp_path / index.version / "vectors.npy").write_bytes(b"\x93NUMPY broken")
    with pytest.raises(StoredIndexError, match="is damaged"):
        Index.load(tmp_path, encoder)


def test_questions_must_name_entries(encoder: Encoder) -> None:
    with pytest.raises(DataError, match=r"the entry boats\.sink, which does not exist"):
        Index.build(shop.entries(), encoder, questions=[Question("will it sink", "boats.sink")])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_files_work(encoder: Encoder, tmp_path: Path, count: int) -> None:
    index = Index.build(shop.entries()[:count], encoder)
    index.save(tmp_path)
    matches = Index.load(tmp_path, encoder).search("hire a rowing boat")
    assert [match.entry_id for match in matches][:1] == ["boats.rent"][:count]
