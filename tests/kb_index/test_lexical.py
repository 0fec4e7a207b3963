"""Words, codes and number shapes count, and the postings give the same cosines as plain multiplication."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.lexical import Lexicon, Postings, SparseRows, tokens

TEXTS = ["Order KF-204518 is late", "error E42 in the app", "error E17 in the app", "a blue kite", "the kite is torn"]


def similarities(texts: list[str], asked: list[str]) -> np.ndarray:
    lexicon = Lexicon.learn(texts)
    return Postings.build(lexicon.rows(texts)).similarities(lexicon.rows(asked))


def test_an_error_code_outweighs_common_words() -> None:
    found = similarities(TEXTS, ["what is e42", "E17?"])
    assert found[0].argmax() == 1
    assert found[1].argmax() == 2


def test_numbers_of_one_shape_resemble_each_other() -> None:
    found = similarities(TEXTS, ["ZQ-771036"])[0]
    assert found.argmax() == 0
    assert found[0] > 0.05
    assert (found[1:] == 0).all()


def test_a_text_is_most_like_itself() -> None:
    found = similarities(TEXTS, TEXTS)
    assert np.allclose(np.diag(found), 1, atol=1e-5)


def test_compounds_come_whole_and_in_parts() -> None:
    assert list(tokens("Où est KF-204518?")) == ["ou", "est", "kf-204518", "kf", "204518"]


def test_known_words_are_told_from_unknown_ones() -> None:
    lexicon = Lexicon.learn(TEXTS)
    rows = lexicon.rows(["blue kite", "blue zeppelin", "zzz qqq", ""])
    lengths = [float((rows.values[rows.indptr[n] : rows.indptr[n + 1]] ** 2).sum()) for n in range(4)]
    assert lengths[0] > 0.7 > lengths[1] > lengths[2]
    assert lengths[3] == 0


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=12), asked=st.lists(st.text(max_size=40), max_size=4))
def test_postings_agree_with_the_matrix_product(texts: list[str], asked: list[str]) -> None:
    lexicon = Lexicon.learn(texts)
    rows, queries = lexicon.rows(texts), lexicon.rows(asked)
    expected = (queries.matrix() @ rows.matrix().T).toarray()
    assert np.allclose(Postings.build(rows).similarities(queries), expected, atol=1e-5)


def test_features_of_everything_are_left_out_of_the_postings() -> None:
    texts = [f"the {number}" for number in range(1500)]
    lexicon = Lexicon.learn(texts)
    rows: SparseRows = lexicon.rows(texts)
    postings = Postings.build(rows)
    assert len(postings.values) < len(rows.values)
    assert postings.similarities(lexicon.rows(["the 1234"]))[0].argmax() == 1234
