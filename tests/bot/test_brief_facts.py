"""What a customer has told is found for the brief, with its message; what only looks like it is left."""

from pathlib import Path

import pytest

from bot.brief_facts import BriefFacts
from bot.contract import Message
from bot.errors import SettingsError
from bot.phrases import load_phrases

FOLDER = Path(__file__).parents[2] / "data" / "facts"


@pytest.fixture(scope="module")
def facts() -> BriefFacts:
    return BriefFacts.load(FOLDER)


def found(facts: BriefFacts, *texts: str) -> list[tuple[str, str, str | None]]:
    messages = [Message(f"m{number}", text) for number, text in enumerate(texts, start=1)]
    return [(fact.name, fact.value, fact.message_id) for fact in facts.find(messages)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my name is ann lee and I have a question", [("name", "ann lee")]),
        ("Please send it to another flat. Thanks, Tom Baker", [("name", "Tom Baker")]),
        ("Owen Marsh here, where is it?", [("name", "Owen Marsh")]),
        ("your driver Tom Baker was rude", [("person", "Tom Baker")]),
        ("it broke two weeks ago, and I paid 45 pounds", [("date", "two weeks ago"), ("amount", "45 pounds")]),
        ("the Linen Armchair came on 3 May for £1,240.50", [
            ("product", "Linen Armchair"), ("date", "3 May"), ("amount", "£1,240.50"),
        ]),
        ("I'd like my money back", [("wish", "a refund")]),
        ("please send me a replacement", [("wish", "a replacement")]),
        ("can you call me on 0117 496 0123", [("wish", "a call back"), ("phone", "0117 496 0123")]),
        ("write to Orla@Post.example about 204518", [("email", "orla@post.example"), ("order_number", "MF-204518")]),
    ],
)  # fmt: skip
def test_a_fact_is_found(facts: BriefFacts, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(facts, text) == [(*fact, "m1") for fact in expected]


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "where is it?",
        "this is ridiculous, I have asked twice now",
        "how long do I have to send something back?",
        "do I have 30 days or two weeks?",
        "she said Klarna would know",
        "",
    ],
)
def test_what_is_no_fact(facts: BriefFacts, text: str) -> None:
    assert found(facts, text) == []


def test_each_fact_once_with_the_message_that_gave_it_first(facts: BriefFacts) -> None:
    assert found(facts, "order 204518", "MF-204518, I said", "and mf-204519") == [
        ("order_number", "MF-204518", "m1"),
        ("order_number", "MF-204519", "m3"),
    ]


def test_a_very_long_message_is_read_in_part(facts: BriefFacts) -> None:
    assert ("amount", "£89", "m1") in found(facts, "I paid £89. " + "and so on " * 5_000)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- label: [", "cannot be read"),
        ("label: name", "expected a list"),
        ("- label: name", "entry 1 needs label and pattern"),
        ("- {label: a, pattern: b}\n- {label: name, pattern: '('}", r"entry 2 \(name\): the pattern is wrong"),
    ],
)
def test_a_broken_file_is_named_with_its_entry(tmp_path: Path, written: str, said: str) -> None:
    file = tmp_path / "brief.yml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"brief\.yml: .*{said}"):
        load_phrases(file)
