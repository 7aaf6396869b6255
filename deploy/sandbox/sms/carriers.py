"""Carriers of text messages that keep what they take, and have the moods of real ones.

By the last two digits of the number:

    …90  there is nobody (smsc 7; sms.ru: an OK of the whole, and 202 of the recipient)
    …91  come again (smsc 9; sms.ru 230), the first time
    …92  takes the message and ends the connection instead of saying so
    …93  answers HTML with 200
    …94  answers 500 after it has taken the message
    anything else is taken
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.identity.answers import form_of

KEPT_MAX = 10_000
MOOD_DIGITS = 2


class Text(msgspec.Struct, frozen=True):
    to: str
    text: str
    carrier: str


class Carriers:
    """`secret` is our password at both."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._taken: deque[Text] = deque(maxlen=KEPT_MAX)
        self._by_id: dict[tuple[str, str], int] = {}
        self._came: set[str] = set()

    def to(self, number: str) -> list[Text]:
        """The newest last."""
        return [one for one in self._taken if one.to == number.removeprefix("+")]

    @property
    def count(self) -> int:
        return len(self._taken)

    def take(self, carrier: str, to: str, text: str) -> None:
        self._taken.append(Text(to, text, carrier))

    def first(self, to: str) -> bool:
        known = to in self._came
        self._came.add(to)
        return not known

    def keep(self, to: str, message_id: str) -> None:
        self._by_id[to, message_id] = 1

    def status(self, to: str, message_id: str) -> int:
        return self._by_id.get((to, message_id), -3)


def smsc_routes(carriers: Carriers) -> list[HTTPRouteHandler]:
    @post("/smsc/sys/send.php", status_code=200)
    async def smsc_send(request: Request[Any, Any, Any]) -> Response[Any]:
        form = await form_of(request)
        if form.get("psw") != carriers.secret:
            return Response({"error": "authorise error", "error_code": 2})
        to, mood = form["phones"], form["phones"][-MOOD_DIGITS:]
        if mood == "90":
            return Response({"error": f"invalid number ({to})", "error_code": 7})
        if mood == "91" and carriers.first(to):
            return Response({"error": "duplicate request, wait a minute", "error_code": 9})
        carriers.take("smsc", to, form["mes"])
        carriers.keep(to, form["id"])
        return _odd(mood) or Response(
            {"id": int(form["id"]), "cnt": 1, "cost": "3.5", "balance": "1000"}
        )

    @get("/smsc/sys/status.php", sync_to_thread=False)
    def smsc_status(request: Request[Any, Any, Any]) -> Response[Any]:
        query: Mapping[str, str] = request.query_params
        if query.get("psw") != carriers.secret:
            return Response({"error": "authorise error", "error_code": 2})
        return Response({"status": carriers.status(query["phone"], query["id"])})

    return [smsc_send, smsc_status]


def smsru_routes(carriers: Carriers) -> list[HTTPRouteHandler]:
    @post("/smsru/sms/send", status_code=200)
    async def smsru_send(request: Request[Any, Any, Any]) -> Response[Any]:
        form = await form_of(request)
        if form.get("api_id") != carriers.secret:
            return Response({"status": "ERROR", "status_code": 200})
        to, mood = form["to"], form["to"][-MOOD_DIGITS:]
        if mood == "90":
            return _smsru(to, {"status": "ERROR", "status_code": 202})
        if mood == "91" and carriers.first(to):
            return Response({"status": "ERROR", "status_code": 230})
        carriers.take("smsru", to, form["msg"])
        taken = {"status": "OK", "status_code": 100, "sms_id": f"000000-{carriers.count}"}
        return _odd(mood) or _smsru(to, taken)

    return [smsru_send]


def _smsru(to: str, found: Mapping[str, Any]) -> Response[Any]:
    return Response({"status": "OK", "status_code": 100, "sms": {to: found}, "balance": 4122.5})


def _odd(mood: str) -> Response[Any] | None:
    match mood:
        case "92":
            # Less than was said: whoever reads it sees the connection end.
            return Response(b"{", headers={"content-length": "400"})
        case "93":
            return Response("<h1>OK</h1>", media_type="text/html")
        case "94":
            return Response("<h1>500</h1>", media_type="text/html", status_code=500)
        case _:
            return None
