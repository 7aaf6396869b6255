"""The state's registers, each against its stand-in: a definite no, and what is no answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.outside.port import AnswerUnclear, Declined, Host, Succeeded, Unreachable
from commands.outside.tax.call import CheckSeller
from commands.outside.tax.dadata import DaData, DaDataSettings
from commands.outside.tax.npd import NPDSettings, NPDStatus
from deploy.sandbox.tax.registers import Registers, Taxpayer
from tests.contract.odd_server import CLOSE, odd_server, response
from tests.contract.served import served
from tests.given import NOW

KEY = "dadata-key"
NAMES = ["npd", "dadata"]
PERSON, COMPANY = "500100732259", "7707083893"
CALL = CheckSeller(provider="npd", key="~k1", seller_id="s1", details_id="~d1")

type Work = Callable[[Any], Awaitable[Any]]


class Records:
    """One row of a seller's, or none."""

    def __init__(self, row: tuple[str, ...] | None) -> None:
        self._row = row

    @asynccontextmanager
    async def connection(self) -> Any:
        yield self

    async def execute(self, _: str, __: list[Any]) -> "Records":
        return self

    async def fetchone(self) -> tuple[str, ...] | None:
        return self._row


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


class Ground(msgspec.Struct, frozen=True):
    url: str
    registers: Registers
    clock: Clock

    def ask(self, name: str, work: Work, *, inn: str = "", key: str = KEY, said: Any = ()) -> Any:
        kind = "self_employed" if name == "npd" else "company"
        own = inn or (PERSON if name == "npd" else COMPANY)
        row = ("~d1", "s1", kind, "Shop", own, "1027700132195", "773601001", "044525225", "4070")
        records: Any = Records(None if said is None else row)
        host = Host(
            timeout_s=2.0,
            records=records,
            clock=self.clock,
            code=lambda _: "",
            undo=lambda _: "",
        )
        adapter: Any = (
            NPDStatus(NPDSettings(url=f"{self.url}/npd"), host)
            if name == "npd"
            else DaData(DaDataSettings(key=key, url=f"{self.url}/dadata"), host)
        )

        async def main() -> Any:
            try:
                return await work(adapter)
            finally:
                await adapter.close()

        return asyncio.run(main())


@pytest.fixture
def ground() -> Iterator[Ground]:
    clock = Clock()
    registers = Registers(KEY, clock)
    with served(registers.open_routes()) as url:
        yield Ground(url, registers, clock)


def once(adapter: Any) -> Any:
    return adapter.execute(CALL)


def company(**more: Any) -> Taxpayer:
    known: dict[str, Any] = {"inn": COMPANY, "ogrn": "1027700132195", "kpp": "773601001"}
    return Taxpayer(**(known | more))


def test_who_is_self_employed_today_is_confirmed_and_who_is_not_is_not(ground: Ground) -> None:
    refused = ground.ask("npd", once)
    assert (type(refused), refused.reason) == (Declined, "not-self-employed")
    ground.registers.add(Taxpayer(inn=PERSON, self_employed=True))
    confirmed = ground.ask("npd", once)
    assert isinstance(confirmed, Succeeded)
    assert len(confirmed.reference) == 64
    assert confirmed.reference != refused.reference


def test_limited_and_unavailable_are_no_answers(ground: Ground) -> None:
    ground.registers.add(Taxpayer(inn=PERSON, self_employed=True))

    async def three(adapter: Any) -> Any:
        await adapter.execute(CALL)
        await adapter.execute(CALL)
        with pytest.raises(Unreachable, match="limited"):
            await adapter.execute(CALL)
        ground.clock.now = NOW + timedelta(minutes=1)
        return await adapter.execute(CALL)

    assert isinstance(ground.ask("npd", three), Succeeded)

    async def away(adapter: Any) -> None:
        with pytest.raises(Unreachable, match="unavailable"):
            await adapter.execute(CALL)

    ground.ask("npd", away, inn="500100732298")


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (company(), None),
        (company(kpp=""), None),
        (company(status="LIQUIDATED"), "liquidated"),
        (company(status="BANKRUPT"), "bankrupt"),
        (company(status="LIQUIDATING"), "liquidating"),
        (company(status="REORGANIZING"), "reorganizing"),
        (company(ogrn="1027700149124"), "other:ogrn"),
        (company(kpp="773601002"), "other:kpp"),
        (company(kind="INDIVIDUAL"), "not-found"),
        (None, "not-found"),
    ],
)
def test_a_company_is_as_the_register_has_it(
    ground: Ground, known: Taxpayer | None, reason: str | None
) -> None:
    if known is not None:
        ground.registers.add(known)
    result = ground.ask("dadata", once)
    assert getattr(result, "reason", None) == reason
    assert len(result.reference) == 64


def test_a_state_that_is_not_known_is_no_answer(ground: Ground) -> None:
    ground.registers.add(company(status="DREAMING"))

    async def work(adapter: Any) -> None:
        with pytest.raises(AnswerUnclear):
            await adapter.execute(CALL)

    ground.ask("dadata", work)
    ground.registers.add(company())
    ground.ask("dadata", work, key="wrong")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_erased_is_not_found(ground: Ground, name: str) -> None:
    assert ground.ask(name, once, said=None) == Declined("", "not-found")


ODD = {
    "HTML with 200": response(200, b"<h1>captcha</h1>"),
    "no UTF-8": response(200, b'{"status":"\xff"}'),
    "a list": response(200, b"[]"),
    "an empty object": response(200, b"{}"),
    "deep nesting": response(200, b'{"status":' + b"[" * 100_000),
    "a word for yes": response(200, b'{"status":"true","suggestions":{}}'),
    "422 of another kind": response(422, b'{"code":"something.else"}'),
    "403": response(403, b"{}"),
    "429": response(429, b"{}"),
    "502": response(502, b""),
    "closed": CLOSE,
    "not HTTP": b"220 smtp ready\r\n",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_no_outcome(name: str, answer: str) -> None:
    async def work(adapter: Any) -> None:
        with pytest.raises((Unreachable, AnswerUnclear)):
            await adapter.execute(CALL)

    with odd_server(ODD[answer]) as url:
        Ground(url, Registers(KEY, Clock()), Clock()).ask(name, work)
