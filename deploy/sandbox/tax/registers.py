"""What the registers know, and how the tax service and DaData tell it.

The tax service is asked twice a minute at most (422 `limited`), and has the moods of the real one
by the last two digits of an INN it is asked for:

    …98  422 `unavailable`
    …97  answers HTML with 200
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.bodies import parse

MINUTE = timedelta(minutes=1)
LIMITED = "taxpayer.status.service.limited.error"
UNAVAILABLE = "taxpayer.status.service.unavailable.error"
INN_DIGITS = 12


class Taxpayer(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is that of companies and sole traders, `self_employed` the tax service's."""

    inn: str
    ogrn: str = ""
    kpp: str = ""
    kind: Literal["LEGAL", "INDIVIDUAL"] = "LEGAL"
    status: str = "ACTIVE"
    self_employed: bool = False


class Registers:
    """`secret` is our key at DaData, `a_minute` how often the tax service may be asked."""

    def __init__(self, secret: str, clock: Callable[[], datetime], a_minute: int = 2) -> None:
        self.secret = secret
        self.a_minute = a_minute
        self._clock = clock
        self._people: dict[str, Taxpayer] = {}
        self._asked: deque[datetime] = deque()

    def add(self, taxpayer: Taxpayer) -> None:
        self._people[taxpayer.inn] = taxpayer

    def of(self, inn: str) -> Taxpayer | None:
        return self._people.get(inn)

    def may(self) -> bool:
        """Whether the tax service answers this time."""
        now = self._clock()
        while self._asked and self._asked[0] <= now - MINUTE:
            self._asked.popleft()
        if len(self._asked) >= self.a_minute:
            return False
        self._asked.append(now)
        return True

    def open_routes(self) -> list[HTTPRouteHandler]:
        return [_npd(self), _dadata(self)]

    def control_routes(self) -> list[HTTPRouteHandler]:
        @post("/_control/taxpayers", status_code=201)
        async def add(request: Request[Any, Any, Any]) -> Taxpayer:
            """Somebody whom the registers know; the same INN again replaces them."""
            taxpayer = parse(await request.body(), Taxpayer)
            self.add(taxpayer)
            return taxpayer

        return [add]


def _npd(registers: Registers) -> HTTPRouteHandler:
    @post("/npd/api/v1/tracker/taxpayer_status", status_code=200)
    async def status(request: Request[Any, Any, Any]) -> Response[Any]:
        asked = msgspec.json.decode(await request.body(), type=dict[str, str])
        inn = asked.get("inn", "")
        if len(inn) != INN_DIGITS or not asked.get("requestDate"):
            return _refused("validation.failed")
        if inn.endswith("98"):
            return _refused(UNAVAILABLE)
        if inn.endswith("97"):
            return Response("<h1>OK</h1>", media_type="text/html")
        if not registers.may():
            return _refused(LIMITED)
        found = registers.of(inn)
        is_one = found is not None and found.self_employed
        said = "является" if is_one else "не является"
        return Response({"status": is_one, "message": f"{inn} {said} плательщиком НПД"})

    return status


def _refused(code: str) -> Response[Any]:
    return Response({"code": code, "message": code}, status_code=422)


def _dadata(registers: Registers) -> HTTPRouteHandler:
    @post("/dadata/suggestions/api/4_1/rs/findById/party", status_code=200)
    async def party(request: Request[Any, Any, Any]) -> Response[Any]:
        if request.headers.get("Authorization") != f"Token {registers.secret}":
            return Response({"family": "CLIENT_ERROR", "reason": "Forbidden"}, status_code=403)
        asked = msgspec.json.decode(await request.body(), type=dict[str, Any])
        found = registers.of(str(asked.get("query", "")))
        if found is None or found.kind != asked.get("type", found.kind):
            return Response({"suggestions": []})
        data = {
            "inn": found.inn,
            "ogrn": found.ogrn,
            "kpp": found.kpp or None,
            "type": found.kind,
            "state": {"status": found.status, "registration_date": 1_029_456_000_000},
        }
        return Response({"suggestions": [{"value": "Somebody", "data": data}]})

    return party
