"""One `baton up` as a person starts it, for the tests that need everything."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from baton.checkout import ROOT
from tests.ports import free_ports


class Baton:
    """One `baton up`, what it printed, and the processes it keeps."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.data_dir = Path(environment["BATON_DATA_DIR"])
        self.output = ""
        self.runner = subprocess.Popen(
            [sys.executable, "-m", "baton", "up", "--as-is"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.runner.stdout is not None
        for line in self.runner.stdout:
            self.output += line

    def until_ready(self) -> None:
        assert until(lambda: "Baton is ready" in self.output or self.runner.poll() is not None, 180)
        assert "Baton is ready" in self.output, self.output

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.data_dir / "processes.json").read_text())
        return found

    def login(self) -> tuple[str, str]:
        """The first admin's address and password, as printed."""
        found = re.search(r"Log in +(\S+) with the password (\S+)", self.output)
        assert found is not None, self.output
        return found[1], found[2]

    def end(self, number: signal.Signals) -> int:
        self.runner.send_signal(number)
        code = self.runner.wait(30)
        self._reader.join()
        assert self.runner.stdout is not None
        self.runner.stdout.close()
        return code

    def request(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.environment["BATON_PORT"]), timeout=20)
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def fresh_environment(folder: Path) -> dict[str, str]:
    """Give a data folder and free ports, with the model and the pages made."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
    subprocess.run([sys.executable, "-m", "baton", "prepare"], cwd=ROOT, env=plain, check=True, capture_output=True)
    ports = free_ports(4)
    return {
        **plain,
        "BATON_DATA_DIR": str(folder / "my data"),
        "BATON_PORT": str(ports[0]),
        "BATON_BOT_URL": f"http://127.0.0.1:{ports[1]},http://127.0.0.1:{ports[3]}",
        "BATON_ACTIONS_URL": f"http://127.0.0.1:{ports[2]}/webhook",
    }
