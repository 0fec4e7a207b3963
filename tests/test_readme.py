"""Every command that the README and the operators' page name does what the page says."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.readme_commands import Command, commands, inline_scripts

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/operators.md")
# The one command that cannot run inside itself, and the ones that need another machine, a copy or a running Baton.
MAY_BE_LEFT_OUT = ("script/test", "git clone ", "cd ", "cp -a .baton ", "kill ")
PATIENCE_S = 240


def page(name: str) -> str:
    path = ROOT / name
    return path.read_text() if path.exists() else ""


ALL_COMMANDS = list(dict.fromkeys(command for name in PAGES for command in commands(page(name))))
ALL_SCRIPTS = sorted({script for name in PAGES for script in inline_scripts(page(name))})


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give a data folder and ports of the test's own."""
    web, bot, actions = free_ports(3)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("BATON_")},
        "BATON_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "BATON_PORT": str(web),
        "BATON_BOT_URL": f"http://127.0.0.1:{bot}",
        "BATON_ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
    }


@pytest.mark.slow
@pytest.mark.timeout(900)  # script/server may have to train first
@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.text)
def test_the_readme_command_works(command: Command, environment: dict[str, str]) -> None:
    if command.skipped is not None:
        assert command.text.startswith(MAY_BE_LEFT_OUT), f"run it in the test: {command.text}"
        pytest.skip(f"not run here: {command.skipped}")
    if command.until is not None:
        run_until(command.text, command.until, environment)
        return
    outcome = subprocess.run(
        ["bash", "-c", command.text],
        cwd=ROOT,
        env=environment,
        input=command.typed or "",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("script", ALL_SCRIPTS)
def test_a_script_named_in_the_text_exists_and_explains_itself(script: str, environment: dict[str, str]) -> None:
    program, *words = script.split()
    assert os.access(ROOT / program, os.X_OK), f"{program} is no program"
    if program == "script/baton" and words:
        outcome = subprocess.run(
            [program, *words, "--help"], cwd=ROOT, env=environment, capture_output=True, check=False
        )
        assert outcome.returncode == 0, outcome.stderr.decode()


def test_the_readme_names_the_two_commands_that_do_everything() -> None:
    named = {command.text for command in commands(page("README.md"))}
    assert {"script/server", "script/test"} <= named


def run_until(text: str, awaited: str, environment: dict[str, str]) -> None:
    """Start a command that goes on, wait for its words, and stop it as a person would."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {text}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if awaited in line:
                process.send_signal(signal.SIGINT)
        assert awaited in output, output[-2000:]
        assert process.wait() == 0, output[-2000:]


def test_commands_are_found_with_how_to_run_them() -> None:
    text = (
        "text\n```sh\n$ one --flag\n# a comment\n\ntwo \\\n  more\n```\n"
        '<!-- run until "ready" -->\n```sh\nthree\n```\n<!-- run with "yes" -->\n```sh\nfour\n```\n'
        "<!-- not run: it is this one -->\n```sh\nscript/test\n```\n```python\nnot_a_command()\n```\n"
    )
    assert commands(text) == [
        Command("one --flag"),
        Command("two more"),
        Command("three", until="ready"),
        Command("four", typed="yes\n"),
        Command("script/test", skipped="it is this one"),
    ]


def test_a_comment_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood above `one`"):
        commands("<!-- run untill ready -->\n```sh\none\n```\n")


def test_scripts_in_the_text_are_found_without_their_arguments() -> None:
    text = "Use `script/baton agents add EMAIL --name NAME`, `script/check` and `other`.\n```sh\nscript/server\n```\n"
    assert inline_scripts(text) == ["script/baton agents add", "script/check"]
