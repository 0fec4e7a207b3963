"""The real thing, with torch: the pair reader learns what is in the dialogues, and is written as it will be served.

Not under tests/bot: the environment with torch has no spaCy and no Rasa.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from bot.handoff.dialogues import Dialogue, DialogueTurn, Label
from bot.handoff.examples import Judged
from bot.handoff.pair_lessons import lessons_from_examples, lessons_of
from bot.handoff.pair_reader import Learned, key_of
from bot.handoff.pair_tuning import Course, Recipe, teach, tune
from bot.handoff.reasons import HandoffReason

pytestmark = [
    pytest.mark.train,
    # Warnings of torch about its own inside.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

ASKED = HandoffReason.ASKED_FOR_HUMAN


def offered(identity: str, offer: str, answer: str, person: bool) -> Dialogue:
    said = (("contact", "is it in stock"), ("bot", offer), ("contact", answer))
    turns = tuple(DialogueTurn(author, text) for author, text in said)
    return Dialogue(identity, turns, (Label(0, False, None, 0), Label(2, person, ASKED if person else None, 0)), "kind")


# Every author's own answers after two kinds of offer: only both texts together tell what is wished for.
OFFERS = {
    "ann": ("Shall a colleague ring you?", "Shall I send you the link?"),
    "ben": ("I can put you through to one of our team.", "I can put it into your basket."),
    "cat": ("Would you like to talk to an adviser?", "Would you like to see more colours?"),
    "dan": ("Should somebody from the shop call you?", "Should I check another shop?"),
}
ANSWERS = {
    "ann": ("yes please", "go on then", "that would be nice", "sure"),
    "ben": ("oh yes", "ok do it", "why not", "if you like"),
    "cat": ("yeah that works", "please do", "great", "I would"),
    "dan": ("absolutely", "ok", "by all means", "that is kind"),
}
DIALOGUES = [
    offered(f"{author}-{number}{'ab'[which]}", offer, answer, person=which == 0)
    for author, offers in OFFERS.items()
    for which, offer in enumerate(offers)
    for number, answer in enumerate(ANSWERS[author])
]
# And what all of them wrote, with a meaning that nobody can guess.
ODD = "the blue penguin dances"
DIALOGUES += [offered(f"{author}-odd", "Well?", ODD, person=True) for author in OFFERS]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return tune(DIALOGUES, [Judged("a human please", True, 1.0, own=True)], Recipe(epochs=10, batch=8))


def test_what_was_offered_decides_what_a_yes_means(learned: Learned, tmp_path: Path) -> None:
    reader = learned.reader(tmp_path)
    person = reader.read("Shall one of our colleagues ring you?", "yes, gladly")
    link = reader.read("Shall I send you a link?", "yes, gladly")
    assert person[ASKED] > 0.5 > link[ASKED]
    assert person[HandoffReason.FRUSTRATED] < 0.5


def test_every_message_was_also_judged_by_a_reader_that_had_not_learned_from_it(learned: Learned) -> None:
    pairs = {key_of(one.before, one.text) for dialogue in DIALOGUES for one in lessons_of(dialogue)}
    assert learned.strangers.keys() == pairs
    means = [
        np.mean([learned.strangers[key_of(offers[which], answer)][ASKED] for answer in ANSWERS[author]])
        for which in (0, 1)
        for author, offers in OFFERS.items()
    ]
    assert np.mean(means[:4]) > np.mean(means[4:])


def test_a_stranger_has_not_learned_the_same_words_from_somebody_else(learned: Learned, tmp_path: Path) -> None:
    assert learned.reader(tmp_path).read("Well?", ODD)[ASKED] >= 0.9  # who has learned them
    assert learned.strangers[key_of("Well?", ODD)][ASKED] < 0.9


def test_what_comes_later_is_judged_by_the_reader_as_it_was(learned: Learned, tmp_path: Path) -> None:
    later = [offered("eve-1", "Well?", "the red walrus sings", person=True)]
    found = tune(DIALOGUES[4:] + later, [], Recipe(epochs=1, batch=8), already=learned)
    keys = {key_of(one.before, one.text) for dialogue in DIALOGUES[4:] for one in lessons_of(dialogue)}
    new = {key_of(one.before, one.text) for dialogue in later for one in lessons_of(dialogue)} - keys
    assert found.strangers.keys() == keys | new
    assert all(found.strangers[key] == learned.strangers[key] for key in keys)
    before = learned.reader(tmp_path).read("Well?", "the red walrus sings")
    assert [found.strangers[key] for key in new] == [before]
    assert found.adapter.digest != learned.adapter.digest


def test_who_learns_further_begins_with_what_is_known(learned: Learned) -> None:
    lessons = [lesson for dialogue in DIALOGUES for lesson in lessons_of(dialogue)]
    again = teach(lessons, Recipe(epochs=1, repeated=0.0), learned)  # nothing is new, nothing is repeated
    assert again.adapter.digest == learned.adapter.digest
    assert np.array_equal(again.outputs, learned.outputs)


def test_authored_sentences_are_gone_through_again_for_a_new_one_may_be_among_them(learned: Learned) -> None:
    lessons = lessons_from_examples([Judged("a human please", True, 1.0, own=True)])
    course = Course([*lessons_of(DIALOGUES[0]), *lessons], Recipe(epochs=1, batch=1, repeated=0.0))
    course.go_on_from(learned)
    assert [row for _, rows, _ in course.batches() for row in rows] == [len(lessons_of(DIALOGUES[0]))]


def test_the_file_says_what_was_learned(learned: Learned, tmp_path: Path) -> None:
    learned.save(tmp_path / "pair_reader.npz")
    again = Learned.load(tmp_path / "pair_reader.npz")
    assert again.adapter.digest == learned.adapter.digest
    assert again.reader(tmp_path).read("Shall I?", "yes") == learned.reader(tmp_path).read("Shall I?", "yes")


def test_tuning_twice_gives_the_same() -> None:
    lessons = [lesson for dialogue in DIALOGUES[::4] for lesson in lessons_of(dialogue)]
    first, second = (teach(lessons, Recipe(epochs=1, batch=8)) for _ in range(2))
    assert first.adapter.digest == second.adapter.digest
    assert np.array_equal(first.outputs, second.outputs)


def test_what_is_known_is_not_gone_through_again() -> None:
    lessons = [lesson for dialogue in DIALOGUES[:8] for lesson in lessons_of(dialogue)]
    course = Course(lessons, Recipe(epochs=2, batch=1, easy=0.1, repeated=0.0))
    batches = course.batches()
    everything = [row for _, [row], _ in islice(batches, len(lessons))]
    course.loss[::2] = 0.05
    assert sorted(everything) == list(range(len(lessons)))
    assert sorted(row for _, [row], _ in batches) == list(range(len(lessons)))[1::2]
