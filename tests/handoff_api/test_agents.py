"""What an agent meets: the queue at once, the whole story, races with a named winner, a bot that stays silent."""

from __future__ import annotations

import asyncio
import time
import uuid
from itertools import pairwise

import httpx
import pytest

from handoff_api.queue.absence import AbsenceSweeper
from handoff_api.storage import keys
from tests.handoff_api.live import PASSWORD, Live, command


async def _hand_off(live: Live) -> tuple[str, str]:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say("angry about my lamp")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
    return cid, token


def _queued(cid: str):  # type: ignore[no-untyped-def]
    return lambda f: (
        f["type"] == "conversation" and f["conversation"]["id"] == cid and f["conversation"]["owner"] == "queue"
    )


async def test_a_handoff_reaches_the_console_with_reason_evidence_and_everything_said(live: Live) -> None:
    agent = await live.agent()
    async with live.console(agent) as console:
        await console.until(lambda f: f["type"] == "snapshot")
        cid, _ = await _hand_off(live)
        frame = await console.until(_queued(cid))
        assert frame["conversation"]["handoff"]["reason"] == "frustrated"
        await console.send(type="watch", conversation_id=cid, after=0)
        await console.until(lambda f: f["type"] == "event" and f["event"].get("text") == "A colleague will help.")
    whole = (await agent.get(f"/api/agent/conversations/{cid}")).json()
    assert whole["brief"]["reason_text"] == "Tone rising."
    assert [item["text"] for item in whole["brief"]["evidence"]] == ["angry about my lamp"]
    assert whole["total"] == len(whole["events"]) == whole["conversation"]["seq"]
    await agent.aclose()


async def test_sixty_turns_reach_the_agent_whole(live: Live) -> None:
    cid, token = await live.visitor()
    headers = {"authorization": f"Bearer {token}"}
    for n in range(60):
        await live.services.switchboard.accept(cid, f"m{n}", f"question {n}")
        async with asyncio.timeout(5):
            while (await live.services.store.get(cid)).bot_cursor < (await live.services.store.get(cid)).contact_seq:
                await asyncio.sleep(0.005)
    await live.services.switchboard.request_human(cid, "h")
    agent = await live.agent()
    whole = (await agent.get(f"/api/agent/conversations/{cid}")).json()
    texts = [e["text"] for e in whole["events"] if e["author"]["type"] == "contact" and "text" in e]
    assert texts == [f"question {n}" for n in range(60)]
    assert whole["total"] == len(whole["events"])
    assert (await live.http.get("/api/widget/events", headers=headers)).json()["status"]["owner"] == "queue"
    await agent.aclose()


async def test_two_agents_claim_and_the_loser_is_told_who_won(live: Live) -> None:
    cid, _ = await _hand_off(live)
    priya, tom = await live.agent("Priya"), await live.agent("Tom")
    answers = await asyncio.gather(command(priya, cid, "claim"), command(tom, cid, "claim"))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    winner = won.json()["conversation"]["agent"]["name"]
    assert lost.json()["code"] == "already_claimed"
    assert lost.json()["message"] == f"Already claimed by {winner}"
    await priya.aclose()
    await tom.aclose()


async def test_a_command_sent_twice_is_done_once(live: Live) -> None:
    cid, _ = await _hand_off(live)
    agent = await live.agent()
    await command(agent, cid, "claim")
    body = {"command_id": str(uuid.uuid4()), "text": "hello"}
    first = await agent.post(f"/api/agent/conversations/{cid}/messages", json=body)
    again = await agent.post(f"/api/agent/conversations/{cid}/messages", json=body)
    assert first.json()["event"] == again.json()["event"]
    assert again.json()["result"] == "duplicate"
    events = (await agent.get(f"/api/agent/conversations/{cid}")).json()["events"]
    assert sum(e.get("text") == "hello" for e in events) == 1
    await agent.aclose()


async def test_the_bot_is_silent_while_a_person_has_it_and_answers_after_return(live: Live) -> None:
    cid, token = await _hand_off(live)
    agent = await live.agent()
    await command(agent, cid, "claim")
    asked = len(live.bot.turns)
    async with live.widget(token) as widget:
        await widget.say("are you there?")
        await widget.until_text("are you there?")
        await command(agent, cid, "notes", text="checking")
        await widget.quiet(0.3)
        assert len(live.bot.turns) == asked
        await command(agent, cid, "return")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "bot")
        await widget.quiet(0.2)
        assert len(live.bot.turns) == asked, "what a person has dealt with is not answered again"
        await widget.say("and delivery?")
        await widget.until_text("echo and delivery?")
    assert live.bot.turns[-1]["epoch"] == 4
    await agent.aclose()


async def test_a_reply_computed_before_the_takeover_is_refused_at_the_write(live: Live) -> None:
    live.bot.delay_s = 0.4
    cid, token = await live.visitor()
    agent = await live.agent()
    async with live.widget(token) as widget:
        await widget.say("slow question")
        await widget.until(lambda f: f["type"] == "accepted")
        await asyncio.sleep(0.1)
        assert (await command(agent, cid, "claim")).status_code == 200
        await widget.quiet(0.8)
    events = (await agent.get(f"/api/agent/conversations/{cid}")).json()["events"]
    assert not [e for e in events if e.get("text") == "echo slow question"]
    assert [e["kind"] for e in events][-1] == "turn.refused"
    await agent.aclose()


async def test_a_second_handoff_works_like_the_first(live: Live) -> None:
    cid, token = await _hand_off(live)
    agent = await live.agent()
    for _ in range(2):
        await command(agent, cid, "claim")
        await command(agent, cid, "resolve")
        async with live.widget(token) as widget:
            await widget.until(lambda f: f["type"] == "status")
            await widget.say("angry again")
            await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
    await agent.aclose()


async def test_typing_goes_both_ways(live: Live) -> None:
    cid, token = await _hand_off(live)
    agent = await live.agent()
    await command(agent, cid, "claim")
    async with live.console(agent) as console, live.widget(token) as widget:
        await console.send(type="watch", conversation_id=cid, after=0)
        await console.until(lambda f: f["type"] == "event")
        await widget.send(type="typing")
        typing = await console.until(lambda f: f["type"] == "typing")
        assert typing["author"] == {"type": "contact"}
        await console.send(type="typing", conversation_id=cid)
        typing = await widget.until(lambda f: f["type"] == "typing")
        assert typing["author"] == {"type": "agent", "name": "Priya"}
    await agent.aclose()


async def test_conversations_of_a_vanished_agent_queue_again_ahead_of_newer_ones(live: Live) -> None:
    old, _ = await _hand_off(live)
    agent = await live.agent()
    await command(agent, old, "claim")
    new, _ = await _hand_off(live)
    sweeper = AbsenceSweeper(live.services.switchboard, live.services.desk)
    assert await sweeper.sweep() == 0, "an agent who is there keeps them"
    gone = time.time() - live.settings.agent_gone_s - 1
    await live.services.client.hset(keys.LISTENING, "since", int(gone * 1000))
    await live.services.client.zadd(
        keys.PRESENCE, {(await agent.get("/api/agent/me")).json()["agent"]["id"]: gone * 1000}
    )
    assert await sweeper.sweep() == 1
    queue = (await agent.get("/api/agent/queue")).json()["conversations"]
    assert [c["id"] for c in queue] == [old, new]
    events = (await agent.get(f"/api/agent/conversations/{old}")).json()["events"]
    assert events[-1]["kind"] == "conversation.queued"
    await agent.aclose()


async def test_live_view_equals_fresh_view(live: Live) -> None:
    agent = await live.agent()
    async with live.console(agent) as console:
        snapshot = await console.until(lambda f: f["type"] == "snapshot")
        table = {c["id"]: c for c in snapshot["conversations"]}
        cids = [(await _hand_off(live))[0] for _ in range(3)]
        await command(agent, cids[0], "claim")
        await command(agent, cids[1], "claim")
        await command(agent, cids[1], "resolve")
        await console.quiet(1.0)
        for frame in console.frames:
            if frame["type"] == "conversation":
                table[frame["conversation"]["id"]] = frame["conversation"]
    fresh = {c["id"]: c for c in (await agent.get("/api/agent/conversations")).json()["conversations"]}
    assert table == fresh
    await agent.aclose()


async def test_nothing_opens_without_login_and_other_sites_are_refused(live: Live) -> None:
    agent = await live.agent()
    answer = await agent.get("/api/agent/me", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    cookie = next(iter(agent.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"
    await agent.post("/api/agent/logout")
    assert (await agent.get("/api/agent/me")).status_code == 401
    await agent.aclose()
    async with httpx.AsyncClient(base_url=live.url) as nobody:
        for path in (await nobody.get("/openapi.json")).json()["paths"]:
            if path.startswith("/api/agent") and path not in {"/api/agent/login"}:
                filled = path.replace("{cid}", "c0-000000000000000000000000").replace("{verb}", "claim")
                answers = {(await nobody.get(filled)).status_code, (await nobody.post(filled)).status_code}
                assert answers <= {401, 404, 405}


async def test_failed_logins_are_limited(live: Live) -> None:
    agent = await live.agent()
    for _ in range(live.settings.login_rate):
        answer = await live.http.post("/api/agent/login", json={"email": "priya@example.com", "password": "wrong"})
        assert answer.status_code == 401
    answer = await live.http.post("/api/agent/login", json={"email": "priya@example.com", "password": PASSWORD})
    assert answer.status_code == 429
    await agent.aclose()


@pytest.mark.parametrize("agents", [2, 10, 50])
async def test_one_winner_each_however_many_claim(live: Live, agents: int) -> None:
    from handoff_api.conversations.moves import Verb
    from handoff_api.conversations.switchboard import AgentRef

    board = live.services.switchboard
    cid, _ = await live.visitor()
    await board.request_human(cid, "h0")
    rivals = [AgentRef(f"a{n}", f"Agent {n}") for n in range(agents)]
    for n in range(40):
        claims = [board.move(Verb.CLAIM, cid, f"c{n}-{rival.id}", rival) for rival in rivals]
        written = await asyncio.gather(*claims)
        winners = [rival for rival, w in zip(rivals, written, strict=True) if w.result == "ok"]
        assert len(winners) == 1
        assert {w.agent_name for w in written if w.result != "ok"} <= {winners[0].name}
        assert (await board.move(Verb.RELEASE, cid, f"r{n}", winners[0])).result == "ok"
    seqs = [event.seq for event in await live.services.store.events(cid)]
    assert all(b == a + 1 for a, b in pairwise(seqs))
