"""Runs the Rasa test stories beside this file with the trained model, as `rasa test core` does.

tests/contracts/test_stories.py tells them to the running assistant.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.handoff.reasons import WEIGHED
from tests.conversations.stories import RUNNING_ONLY, read_stories

CHECKOUT = Path(__file__).parents[2]
STORIES = Path(__file__).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Nothing reports to the outside."""
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.fixture(scope="session")
def model(environment: dict[str, str]) -> Path:
    """The trained model, made now if anything changed."""
    subprocess.run([sys.executable, "-m", "bot.train"], cwd=CHECKOUT, env=environment, check=True, timeout=280)
    return max((CHECKOUT / "models").glob("baton-*.tar.gz"), key=lambda path: path.stat().st_mtime)


def test_every_story_is_told_as_written(model: Path, environment: dict[str, str], tmp_path: Path) -> None:
    stories = tmp_path / "stories"
    shutil.copytree(STORIES, stories, ignore=shutil.ignore_patterns(RUNNING_ONLY, "*.py*"))
    command = [sys.executable, "-m", "rasa", "test", "core", "--model", str(model), "--stories", str(stories)]
    options = ["--out", str(tmp_path), "--endpoints", "endpoints.yml", "--no-plot"]
    done = subprocess.run(
        [*command, *options], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    failed = tmp_path / "failed_test_stories.yml"
    report = json.loads((tmp_path / "story_report.json").read_text()) if done.returncode == 0 else {}

    assert done.returncode == 0, (failed.read_text() if failed.exists() else "") + done.stderr[-3000:]
    assert report["conversation_accuracy"]["with_warnings"] == 0
    assert report["conversation_accuracy"]["accuracy"] == 1.0, failed.read_text()
    assert report["conversation_accuracy"]["total"] == sum(len(read_stories(file)) for file in STORIES.glob("*.yml"))


def test_every_reason_that_needs_no_faq_has_a_story_for_rasa() -> None:
    told = {story.reason for file in STORIES.glob("*.yml") for story in read_stories(file)}
    assert told == set(WEIGHED) | {None}


def test_the_content_is_consistent(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "rasa", "data", "validate", "--domain", "domain.yml", "--config", "config.yml"]
    done = subprocess.run(
        [*command, "--data", "data/nlu", "data/rules", "data/stories"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    # Rasa does not see that forms and actions use these.
    unused = set(re.findall(r"The utterance '(\w+)' is not used", said))

    assert done.returncode == 0, said[-3000:]
    assert all(name.startswith(("utter_ask_", "utter_handoff_")) for name in unused), unused
    for complaint in ("is not listed in the domain", "not in the training data", "conflict in", "duplicate"):
        assert complaint not in said, said[-3000:]
