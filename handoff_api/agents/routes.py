"""The HTTP calls of the console and of agents' own tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from handoff_api.agents.auth import COOKIE, signed_in
from handoff_api.agents.passwords import matches
from handoff_api.conversations import wire
from handoff_api.conversations.brief import make_brief
from handoff_api.conversations.facts import FactNotes
from handoff_api.conversations.model import Conversation, Owner
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.switchboard import AgentRef, MessageRefused
from handoff_api.errors import BadRequest, NotFound, NotSignedIn, TooMany
from handoff_api.live.hub import QUEUE_SHOWN
from handoff_api.services import Services
from handoff_api.storage.agents import SESSION_S, Agent
from handoff_api.storage.conversations import UnknownConversation, Written
from handoff_api.suggestions import Suggestions

router = APIRouter(prefix="/api/agent", tags=["agent"])

SignedIn = Annotated[Agent, Depends(signed_in)]
_STATES: dict[str, tuple[Owner, ...]] = {
    "queue": (Owner.QUEUE,),
    "assigned": (Owner.AGENT,),
    "mine": (Owner.AGENT,),
    "bot": (Owner.BOT,),
    "closed": (Owner.CLOSED,),
    "all": tuple(Owner),
}


class Login(BaseModel):
    """E-mail and password."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1000)


class Command(BaseModel):
    """What every command carries: an id, so that asking twice does it once, and optionally the believed epoch."""

    model_config = ConfigDict(extra="forbid")

    command_id: str = Field(min_length=8, max_length=100)
    epoch: int | None = Field(None, ge=0)


class Text(Command):
    """A message or a note."""

    text: str


class Transfer(Command):
    """To another agent, or back to the queue where none is named."""

    agent_id: str | None = None
    note: str | None = None


def describe(agent: Agent) -> dict[str, str]:
    """An agent on the wire."""
    return {"id": agent.id, "name": agent.name, "email": agent.email, "role": str(agent.role)}


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Parts = Annotated[Services, Depends(_services)]


# --- signing in ------------------------------------------------------------------------------------------------------
@router.post("/login")
async def login(body: Login, request: Request, response: Response, services: Parts) -> dict[str, Any]:
    """Sign in; sets the cookie."""
    where = request.client.host if request.client else ""
    tried = ((body.email.strip().lower(), services.settings.login_rate), (where, 5 * services.settings.login_rate))
    for subject, most in tried:
        if await services.desk.used("login", subject, 900) >= most:
            raise TooMany("too_many_logins", "too many failed logins; try again in 15 minutes")
    agent = await services.agents.by_email(body.email)
    if not await matches(body.password, agent.password_hash if agent else None) or agent is None:
        for subject, most in tried:
            await services.desk.allow("login", subject, most, 900)
        raise NotSignedIn("bad_credentials", "this e-mail address and password do not belong together")
    response.set_cookie(
        COOKIE,
        await services.agents.open_session(agent),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
        path="/",
    )
    return {"agent": describe(agent)}


@router.post("/logout", status_code=204)
async def logout(request: Request, response: Response, agent: SignedIn, services: Parts) -> None:
    """Sign out. Conversations still held go back to the queue."""
    if cookie := request.cookies.get(COOKIE):
        await services.agents.close_session(agent, cookie)
    response.delete_cookie(COOKIE, path="/")
    await services.desk.leave(agent.id)


@router.get("/me")
async def me(agent: SignedIn) -> dict[str, Any]:
    """Who is signed in."""
    return {"agent": describe(agent)}


@router.get("/agents")
async def agents(_: SignedIn, services: Parts) -> dict[str, Any]:
    """Everybody a conversation can be transferred to."""
    online = await services.desk.online()
    found = await services.agents.all()
    return {"agents": [{"id": a.id, "name": a.name, "online": a.id in online} for a in found]}


@router.post("/presence", status_code=204)
async def presence(agent: SignedIn, services: Parts) -> None:
    """A sign of life for tools that hold conversations without the console's socket."""
    await services.desk.sign_of_life(agent.id)


# --- reading ---------------------------------------------------------------------------------------------------------
@router.get("/queue")
async def queue(_: SignedIn, services: Parts) -> dict[str, Any]:
    """How many conversations wait for a person, and the 1,000 that have waited longest, in order."""
    waiting = (await services.store.count_owned_by())[Owner.QUEUE]
    return {"conversations": await _summaries(services, (Owner.QUEUE,), QUEUE_SHOWN), "waiting": waiting}


@router.get("/conversations")
async def conversations(
    agent: SignedIn,
    services: Parts,
    state: Literal["queue", "mine", "assigned", "bot", "closed", "all"] = "all",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Conversations by owner."""
    found = await _summaries(services, _STATES[state], limit)
    if state == "mine":
        found = [c for c in found if c["agent"] and c["agent"]["id"] == agent.id]
    return {"conversations": found[:limit]}


@router.get("/conversations/{cid}")
async def conversation(cid: str, _: SignedIn, services: Parts, request: Request) -> dict[str, Any]:
    """One conversation whole: state, brief, and every event since the customer first wrote."""
    present = await _get(services, cid)
    events = await services.store.events(cid)
    notes: FactNotes = request.app.state.fact_notes
    if await notes.note(present, events):
        present, events = await services.store.look(cid, after=0)
    return {
        "conversation": summarize(services, present),
        "brief": wire.brief(make_brief(present, events, services.titles)),
        "events": [event.for_agent() for event in events],
        "total": events[-1].seq if events else 0,
    }


@router.get("/suggestions")
async def suggestions(
    _: SignedIn,
    request: Request,
    words: Annotated[str, Query(max_length=10_000)] = "",
    most: Annotated[int, Query(ge=1, le=50)] = 8,
) -> dict[str, Any]:
    """Texts for a reply that fit some words: replies written often, and answers of the FAQ."""
    known: Suggestions = request.app.state.suggestions
    found = await known.find(words, most)
    shown = [{"id": one.id, "kind": str(one.kind), "title": one.title, "text": one.text} for one in found]
    return {"suggestions": shown}


# --- writing ---------------------------------------------------------------------------------------------------------
@router.post("/conversations/{cid}/messages")
async def message(cid: str, body: Text, agent: SignedIn, services: Parts) -> JSONResponse:
    """Write to the customer; only the agent who holds the conversation may."""
    return await _answer(
        services, cid, agent, lambda: services.switchboard.message(cid, body.command_id, _ref(agent), body.text, None)
    )


@router.post("/conversations/{cid}/notes")
async def note(cid: str, body: Text, agent: SignedIn, services: Parts) -> JSONResponse:
    """Add a private note. Changes nothing else."""
    return await _answer(
        services, cid, agent, lambda: services.switchboard.note(cid, body.command_id, _ref(agent), body.text)
    )


@router.post("/conversations/{cid}/transfer")
async def transfer(cid: str, body: Transfer, agent: SignedIn, services: Parts) -> JSONResponse:
    """Give the conversation to another agent, or back to the queue where none is named."""
    heir = await services.agents.get(body.agent_id) if body.agent_id else None
    if body.agent_id and heir is None:
        raise BadRequest("unknown_agent", "expected agent_id to name an agent; GET /api/agent/agents lists them")
    return await _answer(
        services,
        cid,
        agent,
        lambda: services.switchboard.move(
            Verb.TRANSFER if heir else Verb.RELEASE,
            cid,
            body.command_id,
            _ref(agent),
            epoch=body.epoch,
            to=_ref(heir) if heir else None,
            note=body.note,
        ),
    )


@router.post("/conversations/{cid}/{verb}")
async def move(
    cid: str, verb: Literal["claim", "release", "return", "resolve"], body: Command, agent: SignedIn, services: Parts
) -> JSONResponse:
    """Claim, release, return to the bot, or resolve."""
    if verb == "claim":
        await services.desk.sign_of_life(agent.id)
    return await _answer(
        services,
        cid,
        agent,
        lambda: services.switchboard.move(Verb(verb), cid, body.command_id, _ref(agent), epoch=body.epoch),
    )


def summarize(services: Services, present: Conversation) -> dict[str, Any]:
    """The summary of a conversation as this process knows the queue."""
    return wire.summary(present, services.hub.places.get(present.id), services.titles)


async def _summaries(services: Services, owners: tuple[Owner, ...], limit: int) -> list[dict[str, Any]]:
    ids = [cid for owner in owners for cid, _ in await services.store.owned_by(owner, limit)]
    return [summarize(services, c) for c in await services.store.get_many(ids) if c is not None]


async def _get(services: Services, cid: str) -> Conversation:
    try:
        return await services.store.get(cid)
    except UnknownConversation:
        raise NotFound("unknown_conversation", "there is no conversation with this id") from None


async def _answer(services: Services, cid: str, agent: Agent, work: Callable[[], Awaitable[Written]]) -> JSONResponse:
    """Do it; losing a race is a normal answer that says who won."""
    try:
        written = await work()
    except UnknownConversation:
        raise NotFound("unknown_conversation", "there is no conversation with this id") from None
    except MessageRefused as refused:
        raise BadRequest(refused.code, str(refused)) from None
    present = await _get(services, cid)
    body: dict[str, Any] = {"conversation": summarize(services, present)}
    if written.happened:
        body |= {"result": written.result}
        found = await services.store.events(cid, written.seq - 1, limit=1)
        if found:
            body["event"] = found[0].for_agent()
        return JSONResponse(body)
    code, text = _refusal(written, agent)
    return JSONResponse(body | {"code": code, "message": text}, status_code=409)


def _refusal(written: Written, agent: Agent) -> tuple[str, str]:
    if written.result in {"wrong_owner", "not_yours"} and written.agent_id:
        if written.agent_id == agent.id:
            return "already_yours", "You have this conversation already"
        return "already_claimed", f"Already claimed by {written.agent_name}"
    if written.result == "stale_epoch":
        return "stale_epoch", "The conversation changed hands meanwhile; look again"
    return written.result, f"Not possible while it belongs to: {written.owner}"


def _ref(agent: Agent) -> AgentRef:
    return AgentRef(agent.id, agent.name)
