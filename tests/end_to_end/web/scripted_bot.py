"""A small bot that speaks the bot contract, so that the browser tests decide what is answered, when and why.

Run as a program: ``python scripted_bot.py PORT``. The real assistant is tested with the pages in the six steps.
"""

from __future__ import annotations

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ORDER = re.compile(r"MF-?\d{6}", re.IGNORECASE)
PERSON = {"title": "Talk to a person", "payload": "human"}


def answer(turn: dict[str, Any]) -> dict[str, Any]:
    """The reply to a turn, by what its messages say."""
    text = "\n".join(message["text"] for message in turn["messages"])
    last = turn["messages"][-1]
    said = text.lower()
    if "slow" in said:
        time.sleep(1.5)
    if last.get("payload") == "human" or "person" in said or "human" in said:
        return handoff("asked_for_human", "Asked for a person in so many words.", last, [("wish_for_person", 0.99)])
    if "ridiculous" in said:
        note = "Asked the same thing twice; the answer 'Returns' did not help; tone rising."
        signals = [("frustration", 0.91), ("repetition", 0.84), ("failed_answers", 2.0)]
        return handoff("frustrated", note, last, signals, "I am sorry. A colleague takes over now.")
    if found := ORDER.search(text):
        number = found.group().upper()
        fact = {"name": "order_number", "value": number, "message_id": last["id"]}
        return {"replies": [{"text": f"Order **{number}** was shipped and arrives on Thursday."}], "facts": [fact]}
    return {"replies": [reply(said, last["text"])]}


def reply(said: str, text: str) -> dict[str, Any]:
    """A reply that changes nothing else."""
    if "order" in said:
        return {"text": "Which order? The number looks like MF-204518."}
    if "back" in said or "return" in said:
        steps = (
            "You have **30 days** to send something back:\n\n1. Print the label from [your order](/help/returns).\n"
            "2. Bring the parcel to a drop-off point.\n\nThe money is back within 5 working days."
        )
        buttons = [{"title": "How long does a refund take?", "payload": "faq:returns.refund_time"}]
        return {"text": steps, "faq_id": "returns.period", "buttons": buttons}
    if "hello" in said or "echo" in said:
        return {"text": f"You wrote: {text}"}
    choices = [{"title": "Where is my order?", "payload": "say:Where is my order?"}, PERSON]
    return {"text": "I am not sure what you mean. Is it one of these?", "buttons": choices}


def handoff(
    reason: str, note: str, last: dict[str, Any], signals: list[tuple[str, float]], text: str = ""
) -> dict[str, Any]:
    """A reply that passes the conversation to people."""
    measured = [{"name": name, "value": value, "message_id": last["id"]} for name, value in signals]
    return {
        "replies": [{"text": text or "A colleague takes over. They can see everything we wrote."}],
        "handoff": {
            "reason": reason,
            "note": note,
            "signals": measured,
            "evidence": [last["id"]],
            "faqs_tried": ["returns.period"],
        },
        "signals": measured,
    }


class Handler(BaseHTTPRequestHandler):
    """The two addresses of the contract."""

    def do_GET(self) -> None:
        self._reply({"status": "ok", "model": "scripted"})

    def do_POST(self) -> None:
        turn = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._reply(answer(turn))

    def _reply(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
