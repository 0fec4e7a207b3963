"""The console has plain words for every code that the assistant and the switchboard can send."""

from __future__ import annotations

import re

from bot.handoff.signal import FULL_COUNT, SignalName
from handoff_api.conversations.model import HandoffReason
from tests.end_to_end.web.processes import ROOT

SOURCE = (ROOT / "handoff_api/web/src/console/words.ts").read_text("utf-8")


def table(name: str) -> dict[str, str]:
    """A table of the source as a dictionary."""
    body = re.search(rf"const {name}: Record<string, \w+> = \{{(.*?)\n\}};", SOURCE, re.DOTALL)
    assert body is not None
    return dict(re.findall(r"^  (\w+): '?(.*?)'?,$", body.group(1), re.MULTILINE))


def test_every_reason_has_a_name() -> None:
    assert table("REASONS").keys() == {reason.value for reason in HandoffReason}


def test_every_signal_has_a_name() -> None:
    assert table("SIGNALS").keys() == {name.value for name in SignalName}


def test_counts_fill_their_bars_where_they_weigh_fully() -> None:
    assert {name: float(full) for name, full in table("COUNTS").items()} == {
        name.value: float(full) for name, full in FULL_COUNT.items()
    }
