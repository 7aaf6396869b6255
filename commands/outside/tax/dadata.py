"""DaData: companies and sole traders as the state's registers have them."""

from collections.abc import Iterator
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from commands.outside.port import AnswerUnclear, Declined, Host, Provider, Result, Succeeded
from commands.outside.tax.asking import Answer, asked, details_of
from commands.outside.tax.call import CheckSeller
from commands.outside.tax.port import TAX
from commands.records.requisites.queries import Details

NAME = "dadata"
TYPES = {"company": "LEGAL", "sole_trader": "INDIVIDUAL"}
ENDED = frozenset({"LIQUIDATING", "LIQUIDATED", "BANKRUPT", "REORGANIZING"})


class DaDataSettings(msgspec.Struct, frozen=True, kw_only=True):
    key: Annotated[str, Meta(description="our key at DaData")] = ""
    url: Annotated[str, Meta(description="where DaData is")] = "https://suggestions.dadata.ru"


class DaData:
    def __init__(self, settings: DaDataSettings, host: Host) -> None:
        self._settings = settings
        self._host = host

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._host.timeout_s)

    async def close(self) -> None:
        await self._client.aclose()

    async def execute(self, call: CheckSeller) -> Result:
        details = await details_of(call, self._host)
        if details is None:
            return Declined("", "not-found")
        answer = await asked(
            self._client,
            f"{self._settings.url}/suggestions/api/4_1/rs/findById/party",
            {"query": details.inn, "branch_type": "MAIN", "type": TYPES[details.kind]},
            {"Authorization": f"Token {self._settings.key}"},
        )
        return _judged(answer, details)

    async def find(self, call: CheckSeller) -> Result | None:  # noqa: ARG002 - the port's shape
        return None


def _judged(answer: Answer, details: Details) -> Result:
    """Of those with that INN: one may have ended, and another be there again."""
    if answer.status != HTTPStatus.OK:
        raise AnswerUnclear(f"DaData answered {answer.status}")
    theirs = [one for one in _parties(answer) if one.get("inn") == details.inn]
    if not theirs:
        return Declined(answer.evidence, "not-found")
    same = [one for one in theirs if one.get("ogrn") == details.ogrn]
    if not same:
        return Declined(answer.evidence, "other:ogrn")
    status = _status(same[0])
    if status == "ACTIVE":
        kpp = same[0].get("kpp")
        other = details.kpp and kpp and kpp != details.kpp
        return Declined(answer.evidence, "other:kpp") if other else Succeeded(answer.evidence)
    if status in ENDED:
        return Declined(answer.evidence, str(status).lower())
    raise AnswerUnclear("DaData's answer says nothing of how they are")


def _status(party: dict[str, Any]) -> object:
    try:
        return msgspec.convert(party.get("state"), dict[str, Any]).get("status")
    except msgspec.ValidationError:
        return None


def _parties(answer: Answer) -> Iterator[dict[str, Any]]:
    try:
        found = msgspec.convert(answer.body.get("suggestions"), list[dict[str, Any]])
        yield from (msgspec.convert(one.get("data"), dict[str, Any]) for one in found)
    except msgspec.ValidationError as error:
        raise AnswerUnclear("DaData's answer is none of its") from error


DADATA = Provider(port=TAX, name=NAME, settings=DaDataSettings, make=DaData)
