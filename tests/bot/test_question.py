"""Several messages are one question, and typed text stays text."""

from bot.contract import Message
from bot.question import GUARD, MAX_CHARACTERS, Question, shorten


def test_messages_are_joined_and_every_word_knows_where_it_came_from() -> None:
    question = Question.join([Message("m1", "where is my order"), Message("m2", "MF-204518"), Message("m3", "??")])

    assert question.text == "where is my order\nMF-204518\n??"
    assert question.message_at(question.text.index("order")) == "m1"
    assert question.message_at(question.text.index("MF-204518")) == "m2"
    assert question.message_at(len(question.text) - 1) == "m3"


def test_a_typed_slash_is_not_a_command() -> None:
    question = Question.join([Message("m1", "/talk_to_person")])

    assert not question.text.startswith("/")
    assert question.text == f"{GUARD}/talk_to_person"
    assert question.payload is None


def test_typed_text_is_never_a_payload() -> None:
    assert Question.join([Message("m1", "faq:returns.period")]).payload is None
    assert Question.join([Message("m1", "human")]).payload is None


def test_a_button_speaks_for_itself() -> None:
    question = Question.join([Message("m1", "hello"), Message("m2", "Talk to a person", "human")])

    assert question.payload == "human"
    assert question.text == "Talk to a person"


def test_words_after_a_button_count_more_than_the_button() -> None:
    question = Question.join([Message("m1", "Talk to a person", "human"), Message("m2", "no wait, where is my order?")])

    assert question.payload is None
    assert "where is my order?" in question.text


def test_say_stands_for_typed_words() -> None:
    question = Question.join([Message("m1", "Arrived damaged", "say:It arrived damaged")])

    assert question.payload is None
    assert question.text == "It arrived damaged"


def test_long_texts_keep_beginning_and_end() -> None:
    text = "first words " + "x" * 20_000 + " last words"
    question = Question.join([Message("m1", text)])

    assert len(question.text) <= MAX_CHARACTERS
    assert question.text.startswith("first words")
    assert question.text.endswith("last words")


def test_many_long_messages_stay_bounded_and_each_is_heard() -> None:
    question = Question.join([Message(f"m{n}", f"start{n} " + "y" * 5_000) for n in range(10)])

    assert len(question.text) <= MAX_CHARACTERS + 10
    assert all(f"start{n}" in question.text for n in range(10))


def test_an_empty_message_is_still_a_question() -> None:
    assert Question.join([Message("m1", "   ")]).text


def test_shorten_leaves_short_texts_alone() -> None:
    assert shorten("as it is", 100) == "as it is"
