"""Node.js: the one on the PATH if it is new enough, else one from a wheel."""

import subprocess
from pathlib import Path

import pytest

from baton import node


def program(folder: Path, name: str, prints: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{prints}'\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the one folder on the PATH; no wheel is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "WHEEL", tmp_path / "wheel")
    return tmp_path


def test_a_new_enough_one_on_the_path_is_taken(path: Path) -> None:
    program(path, "node", "v18.0.0")
    program(path, "npm", "10.0.0")
    found = node.find_node()
    assert found is not None
    assert (found.program, found.npm, found.version) == (str(path / "node"), (str(path / "npm"),), "v18.0.0")


@pytest.mark.parametrize("version", ["v16.20.2", "18", "", "Node.js"])
def test_an_old_or_strange_one_is_not(path: Path, version: str) -> None:
    program(path, "node", version)
    program(path, "npm", "10.0.0")
    assert node.find_node() is None


def test_one_without_npm_is_not(path: Path) -> None:
    program(path, "node", "v22.1.0")
    assert node.find_node() is None


@pytest.mark.slow
def test_the_locked_wheel_is_installed_apart_and_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "WHEEL", tmp_path / "node")
    said: list[str] = []
    found = node.install_node(said.append)
    assert found.program.startswith(str(tmp_path))
    assert found.path_with_node().startswith(str(tmp_path))
    assert "installing one" in said[0]
    environment = {"PATH": found.path_with_node(), "HOME": str(tmp_path)}
    npm = subprocess.run([*found.npm, "--version"], capture_output=True, text=True, env=environment, check=True)
    assert int(npm.stdout.split(".")[0]) >= 9
