"""Files that contacts sent over a messaging app, fetched from the provider for whoever is signed in; none is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from handoff_api.agents.auth import signed_in
from handoff_api.channels.port import FileGone, MessagingChannel, SendLater
from handoff_api.conversations.model import Channel
from handoff_api.errors import NotFound, NotNow
from handoff_api.services import Services
from handoff_api.storage.agents import Agent
from handoff_api.storage.conversations import UnknownConversation

router = APIRouter(tags=["agent"])

# What providers make of every photo; the only kind that is shown, for anything else may be anything.
_SHOWN = {"photo": "image/jpeg"}
_ENDINGS = {"photo": "jpg", "voice message": "ogg", "video": "mp4", "video message": "mp4", "animation": "mp4"}


@router.get("/api/agent/conversations/{cid}/files/{seq}/{index}", response_class=StreamingResponse)
async def file(
    cid: str, seq: int, index: int, request: Request, _: Annotated[Agent, Depends(signed_in)]
) -> StreamingResponse:
    """Attachment ``index``, from 0, of the message ``seq``. Photos are shown, everything else is saved."""
    services: Services = request.app.state.services
    try:
        conversation = await services.store.get(cid)
        events = await services.store.events(cid, max(0, seq - 1), limit=1)
    except UnknownConversation:
        raise NotFound("unknown_conversation", "there is no conversation with this id") from None
    attachment = _attachment((events[0].data or {}) if events and events[0].seq == seq else {}, index)
    channels: Mapping[Channel, MessagingChannel] = request.app.state.channels
    channel = channels.get(conversation.channel)
    if channel is None:
        raise NotFound("channel_off", "the messaging app this came from is not configured any more")
    try:
        content = await channel.open_file(str(attachment["file_id"]))
    except FileGone as gone:
        raise NotFound("file_gone", f"the messaging app does not hand out this file: {gone}") from None
    except SendLater as later:
        raise NotNow("channel_away", f"the messaging app does not answer: {later}; try again in a moment") from None
    kind = str(attachment.get("kind", "file"))
    name = str(attachment.get("name") or f"{kind.replace(' ', '-')}-{seq}.{_ENDINGS.get(kind, 'bin')}")
    shown = _SHOWN.get(kind)
    disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    headers = {
        "content-disposition": disposition,
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=3600",
    }
    return StreamingResponse(content, media_type=shown or "application/octet-stream", headers=headers)


def _attachment(data: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    attachments = data.get("attachments") or []
    if not 0 <= index < len(attachments) or not attachments[index].get("file_id"):
        raise NotFound("unknown_file", "this message has no such file")
    found: Mapping[str, Any] = attachments[index]
    return found
