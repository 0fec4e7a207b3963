"""Every setting of every process is in the operators' table, and nothing is there that does not exist."""

import re
from pathlib import Path

from handoff_api.settings import Settings as SwitchboardSettings

ROOT = Path(__file__).parent.parent
TABLE_ROW = re.compile(r"^\| `(BATON_\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    """Return variable and default as the page says."""
    return {name: default for name, default, _ in TABLE_ROW.findall((ROOT / "docs" / "operators.md").read_text())}


def existing() -> set[str]:
    """Return every variable that a settings module names, or makes from a field of its model."""
    modules = [path for package in ("kb_index", "bot", "actions", "handoff_api", "baton") for path in
               (ROOT / package).rglob("settings.py") if "node_modules" not in path.parts]  # fmt: skip
    named = {name for path in modules for name in re.findall(r"\bBATON_[A-Z0-9_]+\b", path.read_text())}
    return named | {f"BATON_{field.upper()}" for field in SwitchboardSettings.model_fields}


def test_every_setting_is_documented() -> None:
    assert existing() - set(documented()) == set()


def test_nothing_is_documented_that_does_not_exist() -> None:
    assert set(documented()) - existing() == set()


def test_the_documented_numbers_and_words_are_the_real_defaults() -> None:
    for name, default in documented().items():
        field = SwitchboardSettings.model_fields.get(name.removeprefix("BATON_").lower())
        if field is not None and isinstance(field.default, int | float):
            assert default == f"`{field.default:g}`", name


def test_the_environment_is_read_only_in_settings_modules() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in ("kb_index", "bot", "actions", "handoff_api", "baton")
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and re.search(r"os\.(environ|getenv)", path.read_text())
    }
    assert {path for path in readers if not path.endswith("/settings.py")} == set()
