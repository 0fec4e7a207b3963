"""Facts are found however they are written, and nothing else is taken for one."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.facts import FactFinder

PATTERNS = Path(__file__).parents[2] / "data" / "facts" / "patterns.yml"


@pytest.fixture(scope="module")
def finder() -> FactFinder:
    return FactFinder.load(PATTERNS)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("where is MF-204518?", "order_number", "MF-204518"),
        ("mf204518", "order_number", "MF-204518"),
        ("MF 204518", "order_number", "MF-204518"),
        ("#204518", "order_number", "MF-204518"),
        ("it is 204518.", "order_number", "MF-204518"),
        ("order no. MF - 204518 please", "order_number", "MF-204518"),
        ("(MF–204518)", "order_number", "MF-204518"),
        ("MF-204518's parcel", "order_number", "MF-204518"),
        ("write to Amelia.Hart@Post.example!", "email", "amelia.hart@post.example"),
        ("I live at BS6 6LA now", "postcode", "BS6 6LA"),
        ("sw1a1aa", "postcode", "SW1A 1AA"),
        ("call 07700 900123", "phone", "07700 900123"),
        ("ring 0117 496 0123 please", "phone", "0117 496 0123"),
        ("07700900123", "phone", "07700900123"),
    ],
)
def test_a_fact_in_its_normal_form(finder: FactFinder, text: str, name: str, value: str) -> None:
    _, facts = finder.read(text)

    assert [(fact.name, fact.value) for fact in facts] == [(name, value)]
    assert text[facts[0].start : facts[0].end]


@pytest.mark.parametrize("text", ["12345678", "since 2024", "a size 42", "the MF lamp", "at 5 pm", ""])
def test_what_is_no_fact(finder: FactFinder, text: str) -> None:
    assert finder.read(text)[1] == []


def test_several_facts_with_their_places(finder: FactFinder) -> None:
    text = "MF-204518 and 204519, a@b.example"
    _, facts = finder.read(text)

    assert [fact.value for fact in facts] == ["MF-204518", "MF-204519", "a@b.example"]
    assert [text[fact.start : fact.end] for fact in facts] == ["MF-204518", "204519", "a@b.example"]


@pytest.mark.parametrize(
    "patterns",
    [
        "- {label: tool, pattern: allen key}",
        "- {label: tool, pattern: [{LOWER: allen}, {LOWER: key}]}",
        PATTERNS.read_text(),
    ],
)
def test_the_facts_are_those_of_spacys_pipeline(tmp_path: Path, patterns: str) -> None:
    path = tmp_path / "patterns.yml"
    path.write_text(patterns, encoding="utf-8")
    finder = FactFinder.load(path)
    for text in ("is an allen key in MF-204518, in BS6 6LA?", "thanks - a@b.example, 07700 900123!", "where?", ""):
        document = finder._language(text)
        tokens, facts = finder.read(text)
        assert [(token.text, token.start) for token in tokens] == [(token.text, token.idx) for token in document]
        assert [(fact.name, fact.start, fact.end) for fact in facts] == [
            (span.label_, span.start_char, span.end_char) for span in document.ents
        ]


def test_a_broken_pattern_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "patterns.yml"
    broken.write_text("label: [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"patterns\.yml"):
        FactFinder.load(broken)

    broken.write_text("label: order_number", encoding="utf-8")
    with pytest.raises(SettingsError, match="expected a list"):
        FactFinder.load(broken)
