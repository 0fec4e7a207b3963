"""From Markdown to what Telegram takes; the judge is the fake's parser, as strict as the real one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff_api.channels.telegram.markup import MOST, parts_of, to_html, units
from tests.fakes.telegram import Refusal, read_html

SITE = "https://shop.example"
MARKED = st.text(st.sampled_from("ab *_`[]()<>&\"'\n-#1./😀é"), max_size=120)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("You have **30 days**.", "You have <b>30 days</b>."),
        ("*gently* and **very *much* so**", "<i>gently</i> and <b>very <i>much</i> so</b>"),
        ("2 * 3 * 4 and snake_case", "2 * 3 * 4 and snake_case"),
        ("- one\n* two\n1. three", "• one\n• two\n1. three"),
        ("## Steps\nthen `code <b>`", "<b>Steps</b>\nthen <code>code &lt;b&gt;</code>"),
        ("<script>alert(1)</script> & co", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"),
        ("[orders](/account/orders)", f'<a href="{SITE}/account/orders">orders</a>'),
        ("[us](https://x.example/?a=1&b=2)", '<a href="https://x.example/?a=1&amp;b=2">us</a>'),
        ("[mail](mailto:help@x.example)", "mail (help@x.example)"),
        ("[help@x.example](mailto:help@x.example)", "help@x.example"),
        ("[no](javascript:alert)", "no"),
        ("[no](//evil.example)", "no"),
        ('["q"](https://x.example/"onclick)', '<a href="https://x.example/&quot;onclick">"q"</a>'),
        ("**unclosed and [half](", "**unclosed and [half]("),
        ("", ""),
    ],
)
def test_markdown_becomes_telegrams_html(text: str, html: str) -> None:
    assert to_html(text, SITE) == html


def test_without_an_address_of_ours_a_path_is_no_link() -> None:
    assert to_html("see [your orders](/account/orders)", "") == "see your orders"


@given(MARKED | st.text(max_size=200))
def test_whatever_is_written_telegram_takes_it(text: str) -> None:
    plain, _ = read_html(to_html(text, SITE))
    assert units(plain) <= units(text), "so a part that is short enough stays so"


@given(st.text(st.sampled_from("ab.! \n😀[](/)"), max_size=400), st.integers(8, 60))
def test_parts_are_short_and_lose_nothing_but_space(text: str, most: int) -> None:
    parts = parts_of(text, most)
    assert all(0 < units(part) <= most for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


def test_a_text_is_parted_where_a_reader_would() -> None:
    text = "First paragraph, rather long.\n\nSecond one. With two sentences."
    assert parts_of(text, 40) == ["First paragraph, rather long.", "Second one. With two sentences."]
    assert parts_of("One sentence. Another sentence.", 20) == ["One sentence.", "Another sentence."]
    assert parts_of("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert parts_of("see all [of your orders](/a) now", 24) == ["see all", "[of your orders](/a) now"]


def test_length_is_counted_as_telegram_counts() -> None:
    (first, second) = parts_of("😀" * (MOST // 2 + 1))
    assert (len(first), len(second)) == (MOST // 2, 1)


def test_the_judge_is_strict() -> None:
    for wrong in ("<b>x", "</b>", "<b><i>x</b></i>", "<img>", "a < b", '<a onclick="x">y</a>', "<script>x</script>"):
        with pytest.raises(Refusal, match="can't parse entities"):
            read_html(wrong)
