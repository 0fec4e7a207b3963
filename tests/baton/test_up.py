"""`baton up` refuses to start with one sentence, before anything is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from baton.checkout import ROOT
from baton.embedded_redis.data_folder import FORMAT, Stamp
from baton.folder_lock import FolderLock
from tests.ports import free_ports


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give free ports, a data folder, and a folder that holds something like a model."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "baton-0.tar.gz").touch()
    (tmp_path / "data" / "redis").mkdir(parents=True)
    ports = free_ports(3)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("BATON_")},
        "BATON_DATA_DIR": str(tmp_path / "data"),
        "BATON_MODEL": str(tmp_path / "models"),
        "BATON_PORT": str(ports[0]),
        "BATON_BOT_URL": f"http://127.0.0.1:{ports[1]}",
        "BATON_ACTIONS_URL": f"http://127.0.0.1:{ports[2]}/webhook",
    }


def refused(environment: dict[str, str]) -> str:
    """Start, expect a refusal, and return its sentence."""
    outcome = subprocess.run(
        [sys.executable, "-m", "baton", "up", "--as-is"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (outcome.returncode, outcome.stdout) == (1, "")
    (sentence,) = outcome.stderr.splitlines()
    assert not (Path(environment["BATON_DATA_DIR"]) / "processes.json").exists()
    return sentence


@pytest.mark.parametrize("variable", ["BATON_PORT", "BATON_BOT_URL", "BATON_ACTIONS_URL"])
def test_a_taken_port(environment: dict[str, str], variable: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        environment[variable] = {
            "BATON_PORT": str(port),
            "BATON_BOT_URL": f"{environment['BATON_BOT_URL']},http://127.0.0.1:{port}",
            "BATON_ACTIONS_URL": f"http://127.0.0.1:{port}/webhook",
        }[variable]
        sentence = refused(environment)
    assert f"Port {port} is taken by " in sentence
    assert f"(process {os.getpid()})" in sentence
    assert f"set {variable} to another port" in sentence


def test_a_data_folder_in_use(environment: dict[str, str]) -> None:
    lock = FolderLock.take(Path(environment["BATON_DATA_DIR"]))
    sentence = refused(environment)
    lock.release()
    assert f"Another Baton (process {os.getpid()}) uses the data folder" in sentence


def test_no_model(environment: dict[str, str], tmp_path: Path) -> None:
    environment["BATON_MODEL"] = str(tmp_path / "none")
    assert "There is no trained model in" in refused(environment)


def test_too_little_disk(environment: dict[str, str]) -> None:
    environment["BATON_DISK_RESERVE_MB"] = "1000000"
    assert "MB of disk are free" in refused(environment)


def test_data_of_a_newer_redis(environment: dict[str, str]) -> None:
    Stamp(FORMAT, (99, 1, 0)).save(Path(environment["BATON_DATA_DIR"]) / "redis")
    assert "was written by Redis 99.1.0" in refused(environment)


def test_a_secret_that_others_can_read(environment: dict[str, str]) -> None:
    secret = Path(environment["BATON_DATA_DIR"]) / "secret"
    secret.write_text("x" * 40)
    secret.chmod(0o644)
    assert "can be read by others; run: chmod 600" in refused(environment)
