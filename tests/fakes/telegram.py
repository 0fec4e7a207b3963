"""A Bot API on this machine that refuses what the real one refuses, and the people who write to the bot.

Served over HTTP like the real one. The tests move the people: ``says``, ``presses``, ``blocks``; and read ``shown``.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

TOKEN = "123456789:AAE-a_token_of_the_right_form_000000000"

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{35,}")
_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote", "tg-spoiler"}
_TAG = re.compile(r"<(/?)([a-zA-Z-]*)([^<>]*)>")


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after


@dataclass
class Message:
    """A message of the bot as its reader sees it."""

    chat_id: int
    message_id: int
    text: str
    buttons: list[list[dict[str, str]]]
    entities: list[tuple[str, str, str]]  # tag, text, address of a link

    @property
    def titles(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.buttons]


@dataclass
class FakeTelegram:
    """The Bot API with one bot."""

    token: str = TOKEN
    revoked: bool = False
    messages: list[Message] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    toasts: dict[str, str | None] = field(default_factory=dict)
    commands: list[dict[str, str]] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)  # https address of a webhook -> where it is on this machine
    hook: dict[str, Any] | None = None
    hook_answers: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)  # file id -> content
    dislikes: str = "\0"  # markup around this is refused, as Telegram's parser refuses what it alone finds wrong

    def __post_init__(self) -> None:
        self._updates: list[dict[str, Any]] = []
        self._update_ids, self._message_ids = itertools.count(7000), itertools.count(1)
        self._query_ids = itertools.count(1)
        self._people: dict[int, dict[str, Any]] = {}
        self._blocked: set[int] = set()
        self._floods: dict[int, deque[int]] = defaultdict(deque)
        self._broken: deque[int] = deque()
        self._news = asyncio.Event()
        self._gone = False
        self._poll: asyncio.Task[Any] | None = None
        self._lost_polls: set[asyncio.Task[Any]] = set()

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/bot{token}/{method}", self._serve, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._hand_out),
            ]
        )

    # --- the people --------------------------------------------------------------------------------------------------
    def says(
        self, person: int, text: str | None = None, *, chat: dict[str, Any] | None = None, **content: Any
    ) -> dict[str, Any]:
        """A person writes to the bot, or sends something else; returns the update."""
        if text is not None:
            content["text"] = text
        content.setdefault("message_id", next(self._message_ids))
        return self._happened("message", self._message(person, chat, content))

    def edits(self, update: Mapping[str, Any], at: int, **content: Any) -> dict[str, Any]:
        """A person changes what they wrote, or something else about it changed."""
        return self._happened("edited_message", {**update["message"], "edit_date": at, **content})

    def presses(self, message: Message, title: str) -> dict[str, Any]:
        """A person presses a button below a message of the bot."""
        (data,) = [b["callback_data"] for row in message.buttons for b in row if b["text"] == title]
        return self.sends_choice(message.chat_id, data)

    def sends_choice(self, person: int, data: str) -> dict[str, Any]:
        """A press, or what somebody with a program of their own sends as one."""
        query_id = str(next(self._query_ids))
        self.toasts[query_id] = None
        message = self._message(person, None, {"message_id": 1, "text": "..."})
        query = {"id": query_id, "from": message["from"], "message": message, "chat_instance": "1", "data": data}
        return self._happened("callback_query", query)

    def blocks(self, person: int) -> None:
        self._blocked.add(person)

    def repeat(self, update: Mapping[str, Any]) -> None:
        """Send an update again, as Telegram does where an answer was lost."""
        self._updates.append(dict(update))
        self._wake()

    def flood(self, person: int, *waits: int) -> None:
        """The next messages to a person are answered with 429 and these waits in seconds."""
        self._floods[person].extend(waits)

    def break_down(self, *statuses: int) -> None:
        """The next calls are answered with these, and no JSON."""
        self._broken.extend(statuses)

    def hang_up(self) -> None:
        """Telegram goes away: whoever waits for updates gets none."""
        self._gone = True
        self._wake()

    def shown(self, person: int) -> list[Message]:
        return [message for message in self.messages if message.chat_id == person]

    async def until(self, there: Callable[[], Any], what: str = "what was awaited", within_s: float = 10.0) -> Any:
        """The first true value of ``there``."""
        async with asyncio.timeout(within_s):
            while not (found := there()):
                await asyncio.sleep(0.01)
        return found

    async def next_message(self, person: int, after: int) -> Message:
        """The message to a person that follows ``after`` earlier ones."""
        await self.until(lambda: len(self.shown(person)) > after)
        return self.shown(person)[after]

    def _message(self, person: int, chat: dict[str, Any] | None, content: Mapping[str, Any]) -> dict[str, Any]:
        sender = {"id": person, "is_bot": False, "first_name": "Ada", "last_name": f"No{person}", "language_code": "en"}
        private = {"id": person, "type": "private", "first_name": "Ada", "last_name": f"No{person}"}
        where = chat or private
        self._people[where["id"]] = where
        return {"date": 1_790_000_000, "from": sender, "chat": where, **content}

    def _happened(self, kind: str, what: Mapping[str, Any]) -> dict[str, Any]:
        update = {"update_id": next(self._update_ids), kind: dict(what)}
        self._updates.append(update)
        self._wake()
        return update

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    # --- the API -----------------------------------------------------------------------------------------------------
    async def _serve(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            if not _TOKEN.fullmatch(request.path_params["token"]):
                raise Refusal(404, "Not Found")
            if request.path_params["token"] != self.token or self.revoked:
                raise Refusal(401, "Unauthorized")
            if self._broken:
                return PlainTextResponse("<html>Bad Gateway</html>", self._broken.popleft())
            parameters = await request.json() if await request.body() else {}
            self.calls.append((method, parameters))
            handler = getattr(self, f"_{method}", None)
            if handler is None:
                raise Refusal(404, "Not Found: method not found")
            return JSONResponse({"ok": True, "result": await handler(**parameters)})
        except Refusal as refusal:
            body: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
            if refusal.retry_after is not None:
                body["parameters"] = {"retry_after": refusal.retry_after}
            return JSONResponse(body, refusal.status)

    async def _getUpdates(  # noqa: N802
        self, offset: int | None = None, timeout: int = 0, limit: int = 100, allowed_updates: list[str] | None = None
    ) -> list[dict[str, Any]]:
        if self.hook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        if self._poll and not self._poll.done():
            self._lost_polls.add(self._poll)
            self._wake()
        me = asyncio.current_task()
        self._poll = me
        if offset is not None:
            self.confirmed += [u["update_id"] for u in self._updates if u["update_id"] < offset]
            self._updates = [u for u in self._updates if u["update_id"] >= offset]
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            if me in self._lost_polls:
                self._lost_polls.discard(me)
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            found = [u for u in self._updates if not allowed_updates or set(u) & set(allowed_updates)]
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0 or self._gone:
                return found[:limit]
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue

    async def _setWebhook(self, url: str, secret_token: str = "", **_: Any) -> bool:  # noqa: N802
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in {80, 88, 443, 8443}:
            raise Refusal(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret_token):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.hook = {"url": url, "secret_token": secret_token}
        return True

    async def _deleteWebhook(self, **_: Any) -> bool:  # noqa: N802
        self.hook = None
        return True

    async def _setMyCommands(self, commands: list[dict[str, str]]) -> bool:  # noqa: N802
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands = commands
        return True

    async def _answerCallbackQuery(self, callback_query_id: str, text: str = "", **_: Any) -> bool:  # noqa: N802
        if self.toasts.get(callback_query_id, "") is not None:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.toasts[callback_query_id] = text
        return True

    async def _getFile(self, file_id: str) -> dict[str, Any]:  # noqa: N802
        if file_id not in self.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[file_id]) > 20_000_000:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": "u", "file_path": f"documents/{file_id}.bin"}

    async def _hand_out(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        file_id = request.path_params["path"].removeprefix("documents/").removesuffix(".bin")
        return Response(self.files[file_id], media_type="application/octet-stream")

    async def _sendMessage(  # noqa: N802
        self, chat_id: int | str, text: str, parse_mode: str = "", reply_markup: Any = None, **_: Any
    ) -> dict[str, Any]:
        person = int(chat_id)
        if self._floods[person]:
            wait = self._floods[person].popleft()
            raise Refusal(429, f"Too Many Requests: retry after {wait}", wait)
        if person not in self._people:
            raise Refusal(400, "Bad Request: chat not found")
        if person in self._blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if parse_mode and self.dislikes in text:
            raise Refusal(400, 'Bad Request: can\'t parse entities: Unsupported start tag "b" at byte offset 0')
        plain, entities = read_html(text) if parse_mode == "HTML" else (text, [])
        if not plain.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(plain.strip().encode("utf-16-le")) // 2 > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        message = Message(person, next(self._message_ids), plain.strip(), _keyboard(reply_markup), entities)
        self.messages.append(message)
        return {"message_id": message.message_id, "date": 1_790_000_000, "chat": self._people[person], "text": plain}

    # --- the webhook -------------------------------------------------------------------------------------------------
    async def call_webhook(self, pause_s: float = 0.05) -> None:
        """Send updates to the webhook, in order, each until it is answered with success."""
        async with httpx.AsyncClient() as client:
            while True:
                while not (self.hook and self._updates):
                    await asyncio.sleep(0.01)
                parts = urlsplit(self.hook["url"])
                address = self.hosts[f"{parts.scheme}://{parts.netloc}"] + parts.path
                headers = {"x-telegram-bot-api-secret-token": self.hook["secret_token"]}
                answer = await client.post(address, json=self._updates[0], headers=headers)
                self.hook_answers.append(answer.status_code)
                if answer.is_success:
                    self._updates.pop(0)
                else:
                    await asyncio.sleep(pause_s)


def read_html(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What a reader sees of Telegram's HTML, and its entities. Raises Refusal for what the real parser refuses."""

    def refuse(why: str, at: int) -> Refusal:
        return Refusal(400, f"Bad Request: can't parse entities: {why} at byte offset {len(text[:at].encode())}")

    plain, at = "", 0
    opened: list[tuple[str, int, str]] = []
    entities: list[tuple[str, str, str]] = []
    while (start := text.find("<", at)) >= 0:
        plain += unescape(text[at:start])
        tag = _TAG.match(text, start)
        if not tag:
            raise refuse("Unclosed start tag", start)
        closing, name, attributes = tag[1], tag[2].lower(), tag[3]
        if name not in _TAGS:
            raise refuse(f'Unsupported start tag "{name}"', start)
        if closing:
            if not opened or opened[-1][0] != name:
                raise refuse("Unmatched end tag", start)
            _, begin, address = opened.pop()
            entities.append((name, plain[begin:], address))
        else:
            href = re.fullmatch(r'\s+href="([^"]*)"', attributes)
            if attributes.strip() and not (name == "a" and href):
                raise refuse(f'Unexpected attributes of tag "{name}"', start)
            opened.append((name, len(plain), unescape(href[1]) if href else ""))
        at = tag.end()
    if opened:
        raise refuse(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"', len(text))
    return plain + unescape(text[at:]), entities


def _keyboard(markup: Any) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = (markup or {}).get("inline_keyboard", [])
    for button in itertools.chain.from_iterable(rows):
        if not button.get("text"):
            raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows
