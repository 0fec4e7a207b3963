"""Baton phones nobody: it trains and serves on a network that leads nowhere, and nothing tries to leave."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from baton.checkout import ROOT

NAMESPACES = ["unshare", "--net", "--mount", "--map-root-user"]
QUARANTINE = str(Path(__file__).with_name("quarantine.py"))
LIFE = str(Path(__file__).with_name("quarantined_life.py"))


def quarantined(
    tmp_path: Path, *command: str, **variables: str
) -> tuple[list[str], "subprocess.CompletedProcess[str]"]:
    """Run a command in quarantine; what tried to leave, and the outcome."""
    report = tmp_path / "report.json"
    outcome = subprocess.run(
        [*NAMESPACES, sys.executable, QUARANTINE, str(report), sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        pytest.skip(f"NO QUARANTINE: this machine allows no network of its own ({outcome.stderr.strip()[-200:]})")
    return json.loads(report.read_text()), outcome


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("socket.create_connection(('203.0.113.9', 443), 0.2)", "tcp 203.0.113.9:443"),
        ("socket.getaddrinfo('telemetry.example', 443)", "udp 198.51.100.53:53 asking for telemetry.example"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.9', 8125))", "udp 203.0.113.9:8125"),
        ("os.system('getent hosts crash.example')", "udp 198.51.100.53:53 asking for crash.example"),
    ],
)
def test_the_quarantine_sees_what_tries_to_leave(tmp_path: Path, code: str, caught: str) -> None:
    seen, _ = quarantined(tmp_path, "-c", f"import os, socket\n{code}")
    assert caught in seen


def test_the_quarantine_lets_loopback_work_and_reports_none_of_it(tmp_path: Path) -> None:
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    seen, outcome = quarantined(tmp_path, "-W", "ignore", "-c", code)
    assert (seen, outcome.returncode) == ([], 0), outcome.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_training_and_serving_never_try_to_leave_the_machine(tmp_path: Path) -> None:
    models, data_dir = tmp_path / "models", tmp_path / "data"
    variables = {name: "" for name in os.environ if name.startswith("BATON_")}
    variables |= {"BATON_DATA_DIR": str(data_dir), "BATON_MODEL": str(models)}
    seen, outcome = quarantined(tmp_path, LIFE, str(models), **variables)
    logs = (
        {path.name: path.read_text()[-1500:] for path in (data_dir / "logs").glob("*.log")} if data_dir.exists() else {}
    )
    assert outcome.returncode == 0, f"{outcome.stdout[-2000:]}\n{outcome.stderr[-2000:]}\n{logs}"
    assert seen == []
