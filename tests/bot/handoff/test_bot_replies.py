"""Recorded bot turns: what kind they were, judged from words alone."""

import pytest

from bot.handoff.bot_replies import BotReplyReader, pieces
from bot.handoff.head_fitting import wide_vectors
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
    assert reader.read(text, wide_vectors(encoder, pieces(text)))[0].kind is kind


def test_an_offer_beside_an_answer_is_both(reader: BotReplyReader, encoder: Encoder) -> None:
    text = "I don't have an answer to that. Would you like to talk to a person?"
    assert [action.kind for action in reader.read(text, wide_vectors(encoder, pieces(text)))] == [
        BotActionKind.ABSTAINED,
        BotActionKind.OFFERED_PERSON,
    ]


def test_a_person_offered_only_for_a_no_is_not_what_a_yes_accepts(reader: BotReplyReader, encoder: Encoder) -> None:
    text = "Refunds take five days. Did that answer your question? If not, I can get you a colleague."
    assert BotActionKind.OFFERED_PERSON not in [
        action.kind for action in reader.read(text, wide_vectors(encoder, pieces(text)))
    ]


@pytest.mark.parametrize(
    ("reply", "offers"),
    [
        ("I have no prices for that. Our saddler could ring you, if you like.", True),
        ("Shall I fetch the duty manager?", True),
        ("I can't see that. A) Read the guide B) Have the archive team write to you", True),
        ("Shall I send you the leaflet?", False),
        ("Our drivers ring the bell twice.", False),
        ("A) Read the guide B) See the prices", False),
    ],
)
def test_an_offer_of_a_person_is_told_from_other_offers_and_from_talk_of_people(
    reply: str, offers: bool, reader: BotReplyReader, encoder: Encoder
) -> None:
    assert (reply in reader.offering([reply], encoder)) is offers
