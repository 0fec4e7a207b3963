"""Recorded bot turns: what kind they were, judged from words alone."""

import pytest

from bot.handoff.bot_replies import BotReplyReader, pieces
from bot.handoff.view import BotActionKind
from kb_index.encoder import Encoder


@pytest.fixture(scope="module")
def reader() -> BotReplyReader:
    return BotReplyReader.load()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Parcels are brought within two to four days.", BotActionKind.ANSWERED),
        ("Sorry, I did not understand your message.", BotActionKind.ABSTAINED),
        ("Which of these do you mean?", BotActionKind.CLARIFIED),
        ("Please tell me your order number.", BotActionKind.ASKED_SLOT),
        ("I could not find an order with this number.", BotActionKind.FORM_FAILURE),
        ("Hi! What can I do for you?", BotActionKind.SMALL_TALK),
    ],
)
def test_kinds_of_replies(text: str, kind: BotActionKind, reader: BotReplyReader, encoder: Encoder) -> None:
    vectors = dict(zip(pieces(text), encoder.encode(pieces(text)), strict=True))
    assert reader.read(text, vectors)[0].kind is kind


def test_an_offer_beside_an_answer_is_both(reader: BotReplyReader, encoder: Encoder) -> None:
    text = "I don't have an answer to that. Would you like to talk to a person?"
    vectors = dict(zip(pieces(text), encoder.encode(pieces(text)), strict=True))
    assert [action.kind for action in reader.read(text, vectors)] == [
        BotActionKind.ABSTAINED,
        BotActionKind.OFFERED_PERSON,
    ]


def test_a_person_offered_only_for_a_no_is_not_what_a_yes_accepts(reader: BotReplyReader, encoder: Encoder) -> None:
    text = "Refunds take five days. Did that answer your question? If not, I can get you a colleague."
    vectors = dict(zip(pieces(text), encoder.encode(pieces(text)), strict=True))
    assert BotActionKind.OFFERED_PERSON not in [action.kind for action in reader.read(text, vectors)]
