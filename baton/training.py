"""Trains the assistant when there is no model, or when what it is trained from changed."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from baton.checkout import MODELS, ROOT
from baton.errors import PrepareError
from baton.runner.launch import dies_with_us
from baton.settings import inherited_environment
from bot.errors import ModelMissing
from bot.fingerprint import fingerprint
from bot.models import ENDING, find_model

CONFIGURATION = ("config.yml", "domain.yml", "endpoints.yml")


def newest_model(place: Path) -> Path | None:
    """Find the model that the bot would load: the file itself, or the newest in a folder."""
    try:
        return find_model(place)
    except ModelMissing:
        return None


def is_current() -> bool:
    """Tell whether the newest model was trained from the files that are there."""
    return newest_model(MODELS) == MODELS / f"baton-{fingerprint(ROOT)}{ENDING}"


def check_configuration() -> None:
    """Name the line of a configuration file that is not YAML."""
    for name in CONFIGURATION:
        if (ROOT / name).exists():
            _check(name)
        elif name != "endpoints.yml":  # only Rasa's own commands read it
            raise PrepareError(f"{name} is missing; restore it with: git checkout {name}")


def check_content() -> None:
    """Name the line of a content file that is not YAML. Rasa names neither."""
    for path in sorted((ROOT / "data").rglob("*.yml")):
        _check(str(path.relative_to(ROOT)))


def _check(name: str) -> None:
    try:
        YAML(typ="safe", pure=True).load(ROOT / name)
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise PrepareError(f"{name}, line {line}: {fault.problem}.") from None
    except (YAMLError, UnicodeDecodeError) as fault:
        raise PrepareError(f"{name} cannot be read: {fault}.") from None


def reason(lines: Iterable[str]) -> str:
    """The sentence among the last lines of a training that says what was wrong, without the list that follows it."""
    said = [line for line in lines if not line.startswith("-")]
    return re.sub(r"(?<=\.) [^.]*:$", "", said[-1]) if said else "it printed nothing"


def worth_showing(lines: Iterable[str]) -> Iterator[str]:
    """Leave out colours, progress bars and Python's warnings about libraries that are not ours."""
    after_warning = False
    for raw in lines:
        line = re.sub(r"\x1b\[[0-9;]*m", "", raw.rsplit("\r", 1)[-1]).rstrip()
        # A warning is one line with its place, then the line of code, indented.
        skipped = re.search(r":\d+: \w*Warning: ", line) or (after_warning and line.startswith("  "))
        after_warning = bool(re.search(r":\d+: \w*Warning: ", line))
        if line.strip() and not skipped and "it/s]" not in line:
            yield line.strip()


def train(say: Callable[[str], None], *, force: bool = False) -> None:
    """Train in a process of its own and show what it prints."""
    check_configuration()
    said = []
    with subprocess.Popen(
        dies_with_us([sys.executable, "-m", "bot.train", *(["--force"] if force else [])]),
        cwd=ROOT,
        env=inherited_environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in worth_showing(process.stdout):
            said.append(line)
            say(line)
    if process.returncode != 0:
        check_content()
        raise PrepareError(f"Training failed (exit code {process.returncode}): {reason(said)}")
