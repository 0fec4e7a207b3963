"""Where a message is taken apart: at sentences, and inside long ones where something else begins."""

import pytest

from bot.handoff.lexical import clause_ends, clauses, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it fits well, but could your fitter come by", ["it fits well, but could your fitter come by"]),
        ("it stands well now, but could your fitter come by", ["it stands well now,", "but could your fitter come by"]),
        ("oak, ash, and beech or pine", ["oak, ash, and beech or pine"]),
        ("thanks. human please", ["thanks.", "human please"]),
        ("the shelf is up\nthe door is not", ["the shelf is up", "the door is not"]),
        ("  ", []),
    ],
)
def test_a_clause_has_some_words_unless_its_sentence_has_fewer(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


def test_clauses_end_where_sentences_end_and_lose_nothing() -> None:
    text = "We moved in May, so the old lamp is gone. Is anyone there who could help me choose, or do I just order? ok"
    ends = clause_ends(text)
    assert len(clauses(text)) == len(ends) > len(sentences(text))
    assert ends == sorted(ends)
    assert ends[-1] == len(text)
    assert "".join(clauses(text)).replace(" ", "") == text.replace(" ", "")
