"""The tax service's own: whether somebody is self-employed today. It is slow, and asked twice a
minute at most; that it is limited or away is no answer.
"""

from datetime import timedelta, timezone
from functools import cached_property
from http import HTTPStatus
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    Provider,
    Result,
    Succeeded,
    Unreachable,
)
from commands.outside.tax.asking import Answer, asked, details_of
from commands.outside.tax.call import CheckSeller
from commands.outside.tax.port import TAX

NAME = "npd"
SLOW_S = 65.0
# The day it is in Moscow.
MOSCOW = timezone(timedelta(hours=3))
LATER = frozenset(
    {"taxpayer.status.service.limited.error", "taxpayer.status.service.unavailable.error"}
)
INVALID = "validation.failed"


class NPDSettings(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[str, Meta(description="where the tax service tells who is self-employed")] = (
        "https://statusnpd.nalog.ru"
    )


class NPDStatus:
    def __init__(self, settings: NPDSettings, host: Host) -> None:
        self._settings = settings
        self._host = host

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=max(self._host.timeout_s, SLOW_S))

    async def close(self) -> None:
        await self._client.aclose()

    async def execute(self, call: CheckSeller) -> Result:
        details = await details_of(call, self._host)
        if details is None:
            return Declined("", "not-found")
        today = self._host.clock().astimezone(MOSCOW).date().isoformat()
        url = f"{self._settings.url}/api/v1/tracker/taxpayer_status"
        return _judged(await asked(self._client, url, {"inn": details.inn, "requestDate": today}))

    async def find(self, call: CheckSeller) -> Result | None:  # noqa: ARG002 - the port's shape
        return None


def _judged(answer: Answer) -> Result:
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        code = answer.body.get("code")
        if code in LATER:
            raise Unreachable(f"the tax service says {code}")
        if code == INVALID:
            return Declined(answer.evidence, "not-found")
    status = answer.body.get("status")
    if answer.status != HTTPStatus.OK or not isinstance(status, bool):
        raise AnswerUnclear(f"the tax service answered {answer.status}")
    return Succeeded(answer.evidence) if status else Declined(answer.evidence, "not-self-employed")


NPD = Provider(port=TAX, name=NAME, settings=NPDSettings, make=NPDStatus)
