"""The bot contract on the real bot: who may ask, what is refused, once and in the right epoch, after a kill."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import redis

from bot import keys
from bot.vectors import pack
from handoff_api.bot_contract import MatchesReply
from tests.contracts.running_bot import SOUND, RunningBot, texts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_health_needs_no_token(bot: RunningBot) -> None:
    answer = bot.client.get(f"{bot.url}/webhooks/baton/health")

    assert answer.json()["status"] == "ok"
    assert answer.json()["model"].startswith("baton-")


@pytest.mark.parametrize("token", ["x", "wrong", "a-token-for-tests-012345678"])
def test_a_wrong_token_is_refused(bot: RunningBot, token: str) -> None:
    answer = bot.post(SOUND, token=token)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    "change",
    [{"messages": []}, {"turn_id": None}, {"epoch": "x"}, {"conversation_id": "nonsense"}, {"messages": [{"id": "1"}]}],
)
def test_a_malformed_request_is_refused_with_a_reason(bot: RunningBot, change: dict[str, Any]) -> None:
    answer = bot.post({**SOUND, **change})

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
    assert next(iter(change)) in answer.json()["message"]


def test_a_body_that_is_no_json_is_refused(bot: RunningBot) -> None:
    headers = {"Authorization": "Bearer a-token-for-tests-0123456789"}
    answer = bot.client.post(f"{bot.url}/webhooks/baton/turn", content=b"{", headers=headers)

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"


@pytest.mark.parametrize(
    "path", ["/", "/version", "/status", "/model/parse", "/webhooks/rest/webhook", "/conversations"]
)
def test_rasas_own_interface_is_closed(bot: RunningBot, path: str) -> None:
    answer = bot.client.get(bot.url + path)

    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": [{"id": "m.1"}]}, []])
def test_a_malformed_question_for_facts_is_refused(bot: RunningBot, body: object) -> None:
    answer = bot.post(body, path="facts")

    assert answer.status_code == 422
    assert "messages" in answer.json()["message"]


@pytest.mark.parametrize("body", [{}, [], {"text": "x"}, {"text": "", "most": 3}, {"text": "x", "most": 0}])
def test_a_malformed_search_is_refused(bot: RunningBot, body: object) -> None:
    answer = bot.post(body, path="matches")

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"


def test_an_agents_search_finds_by_meaning(bot: RunningBot) -> None:
    words = "my money has still not come although you have had the sofa for weeks"
    answer = bot.post({"text": words, "most": 5}, path="matches")
    found = MatchesReply.model_validate(answer.json()).matches

    assert "returns.refund_overdue" in [match.faq_id for match in found[:2]]
    assert len(found) == 5
    assert [match.probability for match in found] == sorted((match.probability for match in found), reverse=True)
    assert bot.post({"text": words, "most": 5}, token="wrong", path="matches").status_code == 401


def test_facts_need_the_token(bot: RunningBot) -> None:
    assert bot.post({"messages": [{"id": "m", "text": "hello"}]}, token="wrong", path="facts").status_code == 401


def test_the_same_turn_again_has_the_same_answer_and_runs_nothing(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something from order MF-204514")
    bot.turn(conversation, "noah.brennan@post.example")
    last = {"turn_id": "the-turn"}
    bot.turn(conversation, "Beech stool")
    first = bot.turn(conversation, "I changed my mind", **last)
    again = bot.turn(conversation, "I changed my mind", **last)

    assert again == first


def test_a_new_epoch_forgets_forms_and_signals(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    bot.turn(conversation, "this is awful, I am furious, get me somebody")
    reply = bot.turn(conversation, "hello", epoch=2)

    assert reply.handoff is None
    assert "order number" not in texts(reply)
    assert not [signal for signal in reply.signals if signal.name.endswith("before")]


def test_an_old_epoch_is_refused(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "hello", epoch=3)
    answer = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "late", "epoch": 1})

    assert answer.status_code == 409
    assert answer.json()["code"] == "stale_epoch"


def test_a_broken_action_server_is_an_error_and_not_silence(bot: RunningBot, conversation: str) -> None:
    bot.actions.kill()
    try:
        broken = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "t9", "messages": [ORDER]})
    finally:
        bot.actions.start()
        bot.wait_for_actions(bot.actions.environment["BATON_ACTIONS_URL"])
    again = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "t9", "messages": [ORDER]})

    assert broken.status_code == 500
    assert broken.json()["code"] == "action_failed"
    assert again.status_code == 200
    assert "PK700418265GB" in again.json()["replies"][0]["text"]


ORDER = {"id": "m.1", "text": "where is my order MF-204518", "at": "2026-11-22T10:00:00.000Z"}


def test_a_killed_bot_remembers_turn_form_and_offer(bot: RunningBot, conversation: str) -> None:
    first = bot.turn(conversation, "where is my order?", turn_id="t1")
    bot.turn(f"{conversation}-offer", "i need to return a lamp also how do i get an invoice")
    bot.bot.kill()
    bot.bot.start()
    bot.wait()
    again = bot.turn(conversation, "where is my order?", turn_id="t1")
    told = bot.turn(conversation, "MF-204518")
    agreed = bot.turn(f"{conversation}-offer", "yes please")

    assert again == first
    assert "PK700418265GB" in texts(told)
    assert agreed.trace["actions"] == ["return_form"]


def test_another_encoders_vectors_are_forgotten_and_the_reply_is_not(bot: RunningBot, conversation: str) -> None:
    """As after a change of the encoder: the vectors of another have another length."""
    first = bot.turn(conversation, "how long do I have to send something back?", turn_id="t1")
    with redis.Redis.from_url(bot.bot.environment["BATON_REDIS_URL"]) as storage:
        key = keys.memory(conversation)
        stored = json.loads(storage.get(key))
        for event in stored["events"]:
            if event["event"] == "user":
                event["parse_data"]["vector"] = pack(np.full(512, 0.04, dtype=np.float32))
        storage.set(key, json.dumps(stored | {"encoder": "another"}))

    assert bot.turn(conversation, "how long do I have to send something back?", turn_id="t1") == first
    assert "30 days" in texts(bot.turn(conversation, "how many days is it to return things?"))


def test_of_two_processes_with_the_same_turn_one_decides(bot: RunningBot, conversation: str) -> None:
    """Each has read the memory and waits for the action server; what the slower one would write is not written."""
    request = {**SOUND, "conversation_id": conversation, "turn_id": "t9", "messages": [ORDER]}
    with bot.second() as second, ThreadPoolExecutor() as pool:
        bot.actions.child.send_signal(signal.SIGSTOP)
        try:
            asked = [pool.submit(process.post, request) for process in (bot, second)]
            time.sleep(1.0)
            assert not any(answer.done() for answer in asked)
        finally:
            bot.actions.child.send_signal(signal.SIGCONT)
        answers = sorted((answer.result() for answer in asked), key=lambda answer: answer.status_code)
        again = [process.post(request) for process in (bot, second)]

    assert [answer.status_code for answer in answers] == [200, 500]
    assert answers[1].json()["code"] == "overtaken"
    assert [answer.json() for answer in again] == [answers[0].json()] * 2


def test_the_bot_listens_on_this_machine_only(bot: RunningBot) -> None:
    import socket

    port = int(bot.url.rsplit(":", 1)[1])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        if not address.startswith("127."):
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"http://{address}:{port}/webhooks/baton/health", timeout=2)
