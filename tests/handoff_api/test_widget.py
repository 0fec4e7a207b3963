"""What a customer on the website meets: the socket, the same over HTTP, and what happens to bad input."""

from __future__ import annotations

import asyncio
import hmac
import uuid
from hashlib import sha256

import pytest
import websockets
from pydantic import SecretStr

from handoff_api.settings import Settings
from tests.handoff_api.live import Live, command, live_switchboard

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE orders; --",
    "🙂🙃🫠",
    "\u202eright to left\u202c",
    "x" * 10_000,
    '/intent{"a": 1}',
    "Здравствуйте, где мой заказ?",
    "こんにちは、注文はどこですか",
    "مرحبا أين طلبي",
    "line one\nline two\ttabbed",
]


async def test_a_question_is_answered_on_the_socket(live: Live) -> None:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        client_id = await widget.say("hello")
        accepted = await widget.until(lambda f: f["type"] == "accepted")
        assert accepted["client_id"] == client_id
        answer = await widget.until_text("echo hello")
        assert answer["event"]["author"] == {"type": "bot"}
        assert answer["event"]["id"] == f"{cid}.{answer['cursor']}"
        assert "data" not in answer["event"], "scores stay inside"


async def test_a_weak_network_sends_twice_and_the_message_appears_once(live: Live) -> None:
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        client_id = await widget.say("hello")
        first = await widget.until(lambda f: f["type"] == "accepted")
        await widget.say("hello", client_id)
        second = await widget.until(lambda f: f["type"] == "accepted")
        assert first["cursor"] == second["cursor"]
        await widget.quiet(0.3)
    texts = [f["event"].get("text") for f in widget.frames if f["type"] == "event"]
    assert texts.count("hello") == 1
    assert texts.count("echo hello") == 1


async def test_a_burst_is_one_turn_and_stays_in_order(live: Live) -> None:
    live.bot.delay_s = 0.2
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say("one")
        await widget.until(lambda f: f["type"] == "accepted")
        await asyncio.sleep(0.05)
        for text in ("two", "three", "four"):
            await widget.say(text)
        await widget.until_text("echo two | three | four")
    said = [f["event"]["text"] for f in widget.frames if f["type"] == "event" and f["event"]["kind"] == "message.sent"]
    assert [text for text in said if "echo" not in text] == ["one", "two", "three", "four"]
    assert len(live.bot.turns) == 2


async def test_coming_back_brings_everything_missed_once_and_in_order(live: Live) -> None:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say("angry")
        frame = await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
        cursor = max(int(f["cursor"]) for f in widget.frames if f["type"] == "event")
    agent = await live.agent()
    await command(agent, cid, "claim")
    for n in range(5):
        await command(agent, cid, "messages", text=f"reply {n}")
    await command(agent, cid, "notes", text="private")
    async with live.widget(token, cursor) as widget:
        await widget.until(lambda f: f["type"] == "status")
        missed = [f["event"] for f in widget.frames if f["type"] == "event"]
    assert [e.get("text") for e in missed] == [None, *(f"reply {n}" for n in range(5))]
    assert missed[0]["kind"] == "conversation.claimed"
    assert missed[1]["author"] == {"type": "agent", "name": "Priya"}
    assert [e["seq"] for e in missed] == sorted(e["seq"] for e in missed)
    assert frame["owner"] == "queue"
    await agent.aclose()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_any_text_is_shown_as_text(live: Live, text: str) -> None:
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say(text)
        event = await widget.until(lambda f: f["type"] == "event" and f["event"]["author"]["type"] == "bot")
        assert event["event"]["text"] == f"echo {text}"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{not json", "bad_json"),
        ("[1,2]", "bad_frame"),
        ('{"type": 7}', "bad_frame"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": "message", "text": "x"}', "client_id_invalid"),
        ('{"type": "message", "client_id": "a", "text": ""}', "message_empty"),
        ('{"type": "message", "client_id": "a", "text": " \\n\\u0000 "}', "message_empty"),
        ('{"type": "message", "client_id": "a", "text": 7}', "message_invalid"),
        ('{"type": "message", "client_id": "a", "text": "\\ud800"}', "message_empty"),
        ('{"type": "message", "client_id": "a", "text": "' + "y" * 10_001 + '"}', "message_too_long"),
        ('{"type": "message", "client_id": "a", "text": "x", "payload": 3}', "payload_invalid"),
        ('{"type": "rating", "client_id": "a", "csat": 6}', "rating_invalid"),
        ('{"type": "rating", "client_id": "a", "csat": true}', "rating_invalid"),
        ('{"type": "read", "cursor": "x"}', "bad_cursor"),
        ('{"type": "request_human"}', "client_id_invalid"),
        ("[" * 30_000, "bad_json"),
    ],
)
async def test_a_bad_frame_gets_a_code_and_the_socket_goes_on(live: Live, frame: str, code: str) -> None:
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.send_raw(frame)
        error = await widget.until(lambda f: f["type"] == "error")
        assert error["code"] == code
        assert error["message"]
        await widget.say("still here")
        await widget.until_text("echo still here")


@pytest.mark.parametrize("token", ["", "nonsense", "eyJjIjoiYzAtOWZiMGM1ZjRlZTZiZTMxNGI3OWRmNjQ1In0.AAAA"])
async def test_a_bad_token_is_told_and_closed(live: Live, token: str) -> None:
    async with live.widget(token) as widget:
        error = await widget.until(lambda f: f["type"] == "error")
        assert error["code"] == "bad_token"
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await widget.quiet(5)
        assert closed.value.code == 4401


async def test_the_same_works_without_a_socket(live: Live) -> None:
    _, token = await live.visitor()
    headers = {"authorization": f"Bearer {token}"}
    body = {"client_id": str(uuid.uuid4()), "text": "by post"}
    first = await live.http.post("/api/widget/messages", json=body, headers=headers)
    again = await live.http.post("/api/widget/messages", json=body, headers=headers)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    async with asyncio.timeout(5):
        while True:
            page = (await live.http.get("/api/widget/events", params={"after": 1}, headers=headers)).json()
            if len(page["events"]) == 2:
                break
            await asyncio.sleep(0.02)
    assert [e["text"] for e in page["events"]] == ["by post", "echo by post"]
    assert page["status"]["owner"] == "bot"


@pytest.mark.parametrize(
    ("method", "path", "kwargs", "status", "code"),
    [
        ("POST", "/api/widget/conversations", {"content": b"{"}, 422, "bad_request"),
        ("POST", "/api/widget/conversations", {"json": {"surprise": 1}}, 422, "bad_request"),
        (
            "POST",
            "/api/widget/conversations",
            {"json": {"identity": {"id": "7", "signature": "0"}}},
            422,
            "identity_invalid",
        ),
        ("POST", "/api/widget/messages", {"json": {"client_id": "a", "text": "x"}}, 401, "bad_token"),
        ("GET", "/api/widget/events?after=-1", {}, 422, "bad_request"),
        ("GET", "/api/widget/nothing", {}, 404, "not_found"),
        ("GET", "/api/agent/me", {}, 401, "not_signed_in"),
        ("GET", "/api/agent/queue", {}, 401, "not_signed_in"),
        ("GET", "/api/agent/conversations/c0-000000000000000000000000", {}, 401, "not_signed_in"),
        ("POST", "/api/agent/login", {"json": {"email": "a@b.c", "password": "x"}}, 401, "bad_credentials"),
        ("PUT", "/api/agent/login", {}, 405, "method_not_allowed"),
    ],
)
async def test_bad_requests_get_a_stable_code(
    live: Live, method: str, path: str, kwargs: dict, status: int, code: str
) -> None:
    answer = await live.http.request(method, path, **kwargs)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["message"]


async def test_a_rating_is_kept_and_the_thread_goes_on(live: Live) -> None:
    cid, token = await live.visitor()
    agent = await live.agent()
    async with live.widget(token) as widget:
        await widget.say("angry")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
        await command(agent, cid, "claim")
        await command(agent, cid, "resolve")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "closed")
        await widget.send(type="rating", client_id="r1", csat=4, comment="fine")
        await widget.until(lambda f: f["type"] == "accepted" and f["client_id"] == "r1")
        await widget.say("one more thing")
        await widget.until_text("echo one more thing")
    state = (await agent.get(f"/api/agent/conversations/{cid}")).json()["conversation"]
    assert state["rating"] == {"csat": 4, "comment": "fine"}
    assert state["owner"] == "bot"
    await agent.aclose()


async def test_a_person_is_granted_at_once_by_button_and_announced_when_stored(live: Live) -> None:
    live.bot.delay_s = 30
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.send(type="request_human", client_id="h1")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue" and f.get("position") == 1)
        kinds = [f["event"]["kind"] for f in widget.frames if f["type"] == "event"]
        assert kinds.index("handoff.requested") < kinds.index("message.sent")
    waiting = await live.services.store.get(cid)
    assert waiting.handoff is not None
    assert waiting.handoff["reason"] == "asked_for_human"


async def test_too_many_messages_are_refused_not_lost_silently(live: Live) -> None:
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        ids = {await widget.say(f"n{n}") for n in range(live.settings.message_rate + 5)}
        refused = await widget.until(lambda f: f["type"] == "error")
        assert refused["code"] == "too_fast"
        assert refused["client_id"] in ids


async def test_an_address_left_while_nobody_is_there_is_kept_and_thanked_for_once(live: Live) -> None:
    agent = await live.agent()
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.send(type="request_human", client_id="h1")
        status = await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
        assert status["people_online"] is False
        await widget.say("please write to Ana.Q+1@mail.example.com, thanks")
        await widget.until_text(
            "Thank you. We answer here, and if you are not here then, we write to Ana.Q+1@mail.example.com."
        )
        await widget.say("my address is Ana.Q+1@mail.example.com")
        later = await widget.quiet(0.5)
        assert not [f for f in later if f["type"] == "event" and f["event"]["author"]["type"] == "system"]
        # Whoever waits is told when somebody comes.
        async with live.console(agent):
            await widget.until(lambda f: f["type"] == "status" and f["people_online"])
    (waiting,) = (await agent.get("/api/agent/queue")).json()["conversations"]
    assert waiting["contact"]["email"] == "Ana.Q+1@mail.example.com"
    assert waiting["last_said"] == "my address is Ana.Q+1@mail.example.com"
    assert waiting["facts"] == ["Ana.Q+1@mail.example.com"]
    facts = (await agent.get(f"/api/agent/conversations/{cid}")).json()["brief"]["facts"]
    assert [(fact["name"], fact["value"]) for fact in facts] == [("email", "Ana.Q+1@mail.example.com")]
    await agent.aclose()


async def test_the_tier_that_the_website_signs_reaches_the_bot_and_the_agent(settings: Settings) -> None:
    async with live_switchboard(settings.model_copy(update={"identity_secret": SecretStr("of-the-website")})) as live:
        signature = hmac.new(b"of-the-website", b"42\n\n\ngold", sha256).hexdigest()
        identity = {"id": "42", "tier": "gold", "signature": signature}
        started = (await live.http.post("/api/widget/conversations", json={"identity": identity})).json()
        async with live.widget(started["token"]) as widget:
            await widget.say("angry about my lamp")
            await live.until_owner(started["conversation_id"], "queue")
        agent = await live.agent()
        whole = (await agent.get(f"/api/agent/conversations/{started['conversation_id']}")).json()
        await agent.aclose()

    assert [turn["facts"] for turn in live.bot.turns] == [{"tier": "gold"}]
    assert whole["conversation"]["contact"] == {"id": "42", "tier": "gold", "verified": True}
