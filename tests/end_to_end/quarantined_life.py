"""Run inside the quarantine: trains, starts everything, talks to the bot, asks for a person, stops everything."""

import http.client
import json
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

START_S, ANSWER_S, STOP_S = 180, 20, 30


def main(models: Path) -> None:
    """Live one short life."""
    subprocess.run([sys.executable, "-m", "bot.train", "--force", "--models", str(models)], check=True)
    with subprocess.Popen(
        [sys.executable, "-m", "baton", "up", "--as-is"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as baton:
        try:
            assert baton.stdout is not None
            output = ""
            for line in baton.stdout:
                output += line
                if "Baton is ready" in line:
                    break
            else:
                raise SystemExit(f"Baton did not start:\n{output}")
            talk()
        finally:
            baton.send_signal(signal.SIGINT)
            baton.communicate(timeout=STOP_S)


def talk() -> None:
    """Ask something that is answered, something that is not, and for a person."""
    token = call("POST", "/api/widget/conversations", {})["token"]
    for text in (
        "how long do I have to send something back?",
        "see https://tracking.example/abc for my parcel",
        "I want to talk to a human",
    ):
        seq = call("POST", "/api/widget/messages", {"client_id": str(uuid.uuid4()), "text": text}, token)["event"][
            "seq"
        ]
        deadline = time.monotonic() + ANSWER_S
        while not any(event["author"]["type"] != "contact" for event in events_after(seq, token)):
            if time.monotonic() > deadline:
                raise SystemExit(f"nobody answered to: {text}")
            time.sleep(0.1)


def events_after(seq: int, token: str) -> list[dict[str, Any]]:
    """Ask for what came after a message."""
    events: list[dict[str, Any]] = call("GET", f"/api/widget/events?after={seq}", None, token)["events"]
    return events


def call(method: str, path: str, body: object, token: str = "") -> dict[str, Any]:
    """Make one request to the switchboard."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {text}")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


if __name__ == "__main__":
    main(Path(sys.argv[1]))
