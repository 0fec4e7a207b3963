"""Words as sparse features: bounded, of length one, blind to which order number it is."""

import pytest

from bot.words import DIMENSIONS, features, matrix


def test_length_one() -> None:
    assert sum(value**2 for value in features("where is my order?").values()) == pytest.approx(1)


def test_numbers_and_addresses_are_all_the_same() -> None:
    assert features("cancel MF-204518") == features("cancel #204519") == features("Cancel 204520")
    assert features("it is a@b.example") == features("it is c.d@e.example")


@pytest.mark.parametrize("text", ["", "   ", "...", "👋👋", "_"])
def test_texts_without_words_have_none(text: str) -> None:
    assert features(text) == {}


def test_long_texts_stay_small() -> None:
    assert len(features("word " * 10_000 + " ".join(map(str, range(10_000))))) < 400


def test_rows_hold_the_same() -> None:
    rows = matrix(["hello there", ""])

    assert rows.shape == (2, DIMENSIONS)
    assert {place: pytest.approx(rows[0, place]) for place in rows[0].nonzero()[0]} == features("hello there")
    assert not rows[1].any()
