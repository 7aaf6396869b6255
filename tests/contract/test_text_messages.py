"""What every carrier of text messages does, against its stand-in in all its moods."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    OutcomeUnknown,
    Succeeded,
    Unreachable,
)
from commands.outside.sms.call import SendText
from commands.outside.sms.smsc import SMSC, SMSCSettings
from commands.outside.sms.smsru import SMSRu, SMSRuSettings
from deploy.sandbox.sms.carriers import Carriers, smsc_routes, smsru_routes
from tests.contract.odd_server import CLOSE, odd_server, response
from tests.contract.served import served
from tests.given import NOW

NAMES = ["smsc", "smsru"]
SECRET = "p@ss/word"
TAKEN, NOBODY, LATER, LOST, HTML, FAULT = (f"+791612300{n:02}" for n in (1, 90, 91, 92, 93, 94))

type Work = Callable[[Any], Awaitable[Any]]


class Records:
    """Records with one contact, whose number this is, and of the messages that were tried."""

    def __init__(self, number: str | None) -> None:
        self.number = number
        self.tried: set[str] = set()
        self._row: tuple[str] | None = None

    @asynccontextmanager
    async def connection(self) -> Any:
        yield self

    async def execute(self, query: str, asked: list[Any]) -> "Records":
        notice_id = str(asked[0])
        if query.startswith("INSERT INTO texts.tried"):
            self._row = None if notice_id in self.tried else (notice_id,)
            self.tried.add(notice_id)
        elif query.startswith("DELETE FROM texts.tried"):
            self.tried.discard(notice_id)
        else:
            self._row = None if self.number is None else (self.number,)
        return self

    async def fetchone(self) -> tuple[str] | None:
        return self._row


class Ground(msgspec.Struct, frozen=True):
    url: str
    carriers: Carriers

    def run(self, name: str, number: str | None, work: Work, secret: str = SECRET) -> Any:
        async def main() -> Any:
            records: Any = Records(number)
            host = Host(
                timeout_s=2.0,
                records=records,
                clock=lambda: NOW,
                code=lambda _: "123456",
                undo=lambda _: "mut_x",
            )
            adapter: Any = (
                SMSC(SMSCSettings(login="l", password=secret, url=f"{self.url}/smsc"), host)
                if name == "smsc"
                else SMSRu(SMSRuSettings(api_id=secret, url=f"{self.url}/smsru"), host)
            )
            try:
                return await work(adapter)
            finally:
                await adapter.close()

        return asyncio.run(main())

    def sent_to(self, number: str) -> list[str]:
        return [one.text for one in self.carriers.to(number)]


@pytest.fixture
def ground() -> Iterator[Ground]:
    carriers = Carriers(SECRET)
    with served([*smsc_routes(carriers), *smsru_routes(carriers)]) as url:
        yield Ground(url, carriers)


def call(**more: Any) -> SendText:
    wanted: dict[str, Any] = {
        "provider": "smsc",
        "key": "~n1.1",
        "contact_id": "~c1",
        "template": "sign_in_code",
        "expires_at": NOW + timedelta(minutes=10),
    }
    return SendText(**(wanted | more))


def send(adapter: Any) -> Any:
    return adapter.execute(call())


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_taken(ground: Ground, name: str) -> None:
    result = ground.run(name, TAKEN, send)
    assert isinstance(result, Succeeded)
    assert result.reference
    (text,) = ground.sent_to(TAKEN)
    assert text.startswith("123456 ")
    assert len(text) <= 160


@pytest.mark.parametrize("name", NAMES)
def test_there_is_nobody_at_a_number(ground: Ground, name: str) -> None:
    """Also where the answer to the whole is that all is well."""
    assert ground.run(name, NOBODY, send) == Declined("", {"smsc": "smsc-7"}.get(name, "smsru-202"))


@pytest.mark.parametrize("name", NAMES)
def test_who_is_told_to_come_later_comes_later(ground: Ground, name: str) -> None:
    async def twice(adapter: Any) -> Any:
        with pytest.raises(Unreachable):
            await adapter.execute(call())
        return await adapter.execute(call())

    assert isinstance(ground.run(name, LATER, twice), Succeeded)
    assert len(ground.sent_to(LATER)) == 1


@pytest.mark.parametrize("number", [LOST, HTML, FAULT])
@pytest.mark.parametrize("name", NAMES)
def test_a_message_whose_fate_is_not_known_is_not_sent_twice(
    ground: Ground, name: str, number: str
) -> None:
    """One carrier is asked what became of it; of the other nobody can tell."""

    async def again(adapter: Any) -> Any:
        with pytest.raises(OutcomeUnknown):
            await adapter.execute(call())
        return await adapter.find(call()) or await adapter.execute(call())

    result = ground.run(name, number, again)
    if name == "smsc":
        assert isinstance(result, Succeeded)
    else:
        assert result == Declined("", "outcome-unknown")
    assert len(ground.sent_to(number)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_of_no_use_is_not_sent(ground: Ground, name: str) -> None:
    async def late(adapter: Any) -> Any:
        return await adapter.execute(call(expires_at=NOW))

    async def letter(adapter: Any) -> Any:
        return await adapter.execute(call(template="seller_invitation"))

    assert ground.run(name, TAKEN, late) == Declined("", "expired")
    assert ground.run(name, TAKEN, letter) == Declined("", "no-text")
    assert ground.run(name, None, send) == Declined("", "no-address")
    assert ground.carriers.count == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_password_of_ours_is_no_refusal_of_theirs(ground: Ground, name: str) -> None:
    async def work(adapter: Any) -> None:
        with pytest.raises(AnswerUnclear):
            await adapter.execute(call())

    ground.run(name, TAKEN, work, "wrong")


def test_what_was_never_sent_is_not_found(ground: Ground) -> None:
    assert ground.run("smsc", TAKEN, lambda adapter: adapter.find(call())) is None


ODD = {
    "no UTF-8": response(200, b'{"status_code":100,"id":"\xff"}'),
    "a list": response(200, b"[]"),
    "an empty object": response(200, b"{}"),
    "deep nesting": response(200, b'{"a":' + b"[" * 100_000),
    "502": response(502, b""),
    "closed": CLOSE,
    "not HTTP": b"220 smtp ready\r\n",
    "another message": response(200, b'{"id":1,"cnt":1,"status_code":100,"sms":{"7":{}}}'),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_no_outcome(name: str, answer: str) -> None:
    async def work(adapter: Any) -> None:
        with pytest.raises((OutcomeUnknown, AnswerUnclear)):
            await adapter.execute(call())

    with odd_server(ODD[answer]) as url:
        Ground(url, Carriers(SECRET)).run(name, TAKEN, work)


@pytest.mark.parametrize("answer", ODD)
def test_after_an_odd_answer_nothing_is_sent_again_where_nobody_can_be_asked(answer: str) -> None:
    async def twice(adapter: Any) -> Any:
        with pytest.raises(OutcomeUnknown):
            await adapter.execute(call())
        return await adapter.execute(call())

    with odd_server(ODD[answer]) as url:
        result = Ground(url, Carriers(SECRET)).run("smsru", TAKEN, twice)
    assert result == Declined("", "outcome-unknown")


def test_an_address_that_is_none_has_sent_nothing() -> None:
    """Ours was set wrong: what waits goes out when it is right."""

    async def twice(adapter: Any) -> None:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await adapter.execute(call())

    Ground("http://[", Carriers(SECRET)).run("smsru", TAKEN, twice)
