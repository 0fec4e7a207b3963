"""Which option a short reply picks: only a person's counts."""

import pytest

from bot.handoff.lexical import words
from bot.handoff.offers import is_somebody, options_in, picked, says_yes_to_somebody


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        ("Please choose: [Track a parcel] [Talk to a person]", ("Track a parcel", "Talk to a person")),
        ('You can say "refund", "exchange" or "agent".', ("refund", "exchange", "agent")),
        ("1 Invoices 2 Moving 3 Talk to us", ("Invoices", "Moving", "Talk to us")),
        ("I can (1) send the link again (2) get a colleague.", ("send the link again", "get a colleague")),
        ("Which of these?\nHow long is delivery?\nTalk to a person", ("How long is delivery?", "Talk to a person")),
        (
            "I can do either: A) send the guide B) have an installer ring you",
            ("send the guide", "have an installer ring you"),
        ),
        ("Options: (a) search again (b) ask a mechanic", ("search again", "ask a mechanic")),
        ("Did you mean: Roof racks / Tow bars / None of these?", ("Roof racks", "Tow bars", "None of these")),
        ("1 Browse worktops\n2 Chat with a planner", ("Browse worktops", "Chat with a planner")),
        ("It is oak.", ()),
        ("Order 2 or more and save. It takes 3 days.", ()),
    ],
)
def test_options_are_read_as_the_bot_lists_them(reply: str, options: tuple[str, ...]) -> None:
    assert options_in(reply) == options


@pytest.mark.parametrize(
    ("text", "reply", "person"),
    [
        ("the last one please", "[Prices] [Sizes] [A colleague]", True),
        ("2", "1 Prices 2 Talk to our staff", True),
        ("1", "1 Prices 2 Talk to our staff", False),
        ("the first", "Shall I get an adviser, or would you like the price list?", True),
        ("the second", "Shall I get an adviser, or would you like the price list?", False),
        ("agent", 'You can say "refund" or "agent".', True),
        ("2 please", "How many do you need?", False),
        ("my second order is not here, the first one was late", "[Order status] [Talk to a person]", False),
        ("5", "1 Prices 2 Talk to our staff", False),
        ("b", "A) Prices B) Talk to our staff", True),
        ("a", "A) Prices B) Talk to our staff", False),
        ("the 2nd 🙏", "1) Prices 2) Talk to our staff", True),
    ],
)
def test_a_short_reply_picks_an_option(text: str, reply: str, person: bool) -> None:
    option = picked(words(text), reply)
    assert (option is not None and is_somebody(option)) is person


@pytest.mark.parametrize(
    ("text", "offer", "person"),
    [
        ("yep", "Shall I put you through to the kennels?", True),
        ("you may", "May I pass you over to our engineers?", True),
        ("yep thanks", "Shall I put you through to the kennels?", False),  # a reader may still say so
        ("ok", "I can pass you to a person.", False),
        ("go on then", "Shall I send you the price list?", False),
        ("yes, the blue one in size four", "Shall I put you through to the kennels?", False),
    ],
)
def test_a_short_yes_to_the_question_whether_somebody_is_wanted(text: str, offer: str, person: bool) -> None:
    assert says_yes_to_somebody(words(text), [offer]) is person
