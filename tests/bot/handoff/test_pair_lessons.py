"""What the pair reader learns from, and that a replay shows it the same words."""

import pytest

from bot.handoff.bot_replies import BotReplyReader
from bot.handoff.detector import Detector
from bot.handoff.dialogues import Dialogue, DialogueTurn, Label
from bot.handoff.examples import Judged
from bot.handoff.pair_lessons import lessons_from_examples, lessons_of
from bot.handoff.pair_reader import last_words
from bot.handoff.reasons import WEIGHED, HandoffReason
from bot.handoff.replay import Player, VectorsOnly
from kb_index.encoder import Encoder

ASKED = WEIGHED.index(HandoffReason.ASKED_FOR_HUMAN)


def dialogue(*said: tuple[str, str], passed_on: int | None = None) -> Dialogue:
    turns = tuple(DialogueTurn(author, text) for author, text in said)
    labels = tuple(
        Label(index, index == passed_on, HandoffReason.ASKED_FOR_HUMAN if index == passed_on else None, 0)
        for index, turn in enumerate(turns)
        if turn.author == "contact"
    )
    return Dialogue("d", turns, labels, "kind")


def test_every_message_up_to_the_handoff_is_a_lesson_with_the_words_before_it() -> None:
    told = dialogue(
        ("contact", "is it in stock"), ("bot", "No."), ("bot", "Shall a colleague ring you?"), ("contact", "please"),
        ("bot", "Done."), ("contact", "thanks"), passed_on=3,
    )  # fmt: skip
    first, second = lessons_of(told)
    assert (first.before, first.text, any(first.answers)) == ("", "is it in stock", False)
    assert (second.before, second.text) == ("No. Shall a colleague ring you?", "please")
    assert [index for index, yes in enumerate(second.answers) if yes] == [ASKED]


@pytest.mark.parametrize(
    "said",
    [
        (("contact", "hi"), ("bot", "Hello!"), ("bot", "What is it?"), ("contact", "my lamp")),
        (("bot", "Hello!"), ("contact", "my lamp")),
        (("contact", "hi"), ("bot", "One moment."), ("agent", "Hi, Ana here."), ("contact", "my lamp")),
        (("contact", "hi"), ("agent", "Hi, Ana here."), ("bot", "Did that help?"), ("contact", "my lamp")),
        (("contact", "hi"), ("contact", "my lamp")),
        (("contact", "hi"), ("bot", "Did this answer help? If not, shall I get a colleague?"), ("contact", "my lamp")),
    ],
)
def test_a_replay_reads_the_words_that_were_learned_from(
    said: tuple[tuple[str, str], ...], encoder: Encoder, detector: Detector
) -> None:
    told = dialogue(*said)
    player = Player(VectorsOnly(encoder), encoder, BotReplyReader.load(), detector)
    view = player.views(told)[-1][1]
    current = view.current()
    assert last_words(current[-1].words if current else ()) == lessons_of(told)[-1].before


def test_an_authored_sentence_speaks_of_a_wish_alone() -> None:
    examples = [Judged("a human please", True, 0.5, own=True), Judged("borrowed", False, 1.0, own=False)]
    [lesson] = lessons_from_examples(examples)
    assert [index for index, weight in enumerate(lesson.counted) if weight] == [ASKED]
    assert (lesson.counted[ASKED], lesson.answers[ASKED]) == (0.5, True)
