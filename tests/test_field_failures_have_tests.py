"""The table of cases in docs/developers.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = {"api": "tests/handoff_api", "web": "tests/end_to_end/web"}


def test_every_case_of_the_table_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs" / "developers.md").read_text("utf-8")
    table = page.partition("the test of each case")[2].partition("\n#")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) >= 27
    for row in rows:
        named = re.findall(r"`((?:api|web|tests)/[^`:]+\.py)(?:::(test_\w+))?`", row)
        assert named, row
        for path, test in named:
            start, _, rest = path.partition("/")
            text = (ROOT / FOLDERS.get(start, start) / rest).read_text("utf-8")
            assert f"def {test}(" in text or not test, f"{path} has no {test}"
