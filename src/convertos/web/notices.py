"""A sentence that the next page shows: what was just done. It travels in a cookie of its own."""

import base64
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "convertos_notice"
_SECONDS = 60
_LONGEST = 400

Mood = Literal["good", "bad"]


class Notice(msgspec.Struct, frozen=True):
    """What was done."""

    text: str
    mood: Mood = "good"


def leave_notice(response: Response, text: str, mood: Mood = "good") -> None:
    """Let the next page say something."""
    packed = base64.urlsafe_b64encode(msgspec.json.encode(Notice(text[:_LONGEST], mood))).decode()
    response.set_cookie(COOKIE, packed, max_age=_SECONDS, httponly=True, samesite="lax")


def read_notice(request: Request) -> Notice | None:
    """What the page before left to be said."""
    packed = request.cookies.get(COOKIE)
    if not packed:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(packed), type=Notice)
    except (ValueError, msgspec.MsgspecError):
        return None
