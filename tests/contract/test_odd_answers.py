"""Only a definite answer about that very call is an outcome; everything else is unknown."""

import asyncio
from collections.abc import Iterable

import httpx
import pytest

from commands.outside.payments.call import Charge
from commands.outside.payments.sandbox import SandboxProvider
from commands.outside.port import (
    AnswerMismatch,
    AnswerUnclear,
    Declined,
    OutcomeUnknown,
    Unreachable,
)
from eventstore.values import Money
from tests.contract.odd_server import CLOSE, odd_server, response

CALL = Charge(
    provider="sandbox", key="p1", source="tok_ok", amount=Money(1000, "EUR"), order_id="o1"
)
MADE = (
    b'{"id":"ch_1","object":"charge","status":"succeeded","reference":"p1",'
    b'"amount_minor":1000,"currency":"EUR"}'
)
HTML = b"<html>502 Bad Gateway</html>"
ERROR = b'{"error":{"type":"%s","message":"m"}}'
NOBODY = {
    "HTML with 200": response(200, HTML),
    "an empty 200": response(200, b""),
    "truncated JSON": response(200, MADE[:40]),
    "a list": response(200, b"[]"),
    "deep nesting": response(200, b"[" * 100_000),
    "no UTF-8": response(200, b'{"id":"\xff"}'),
    "an unknown status": response(200, MADE.replace(b"succeeded", b"in_review")),
    "a body cut short": response(200, MADE, length=len(MADE) + 10),
    "closed without an answer": CLOSE,
    "not HTTP": b"220 smtp ready\r\n",
    "an error of no known kind": response(400, ERROR % b"maintenance"),
    "HTML with 400": response(400, HTML),
    "HTML with 402": response(402, HTML),
    "an empty 402": response(402, b"{}"),
    "HTML with 404": response(404, HTML),
    "HTML with 422": response(422, HTML),
    "HTML with 500": response(500, HTML),
    "HTML with 502": response(502, HTML),
    "503": response(503, HTML),
    "504": response(504, b""),
    "429": response(429, b"slow down"),
    "a redirect": response(302, b""),
    "forbidden": response(403, HTML),
}
UNKNOWN = (Unreachable, OutcomeUnknown, AnswerUnclear)
OTHERS = {
    "another amount": MADE.replace(b"1000", b"1001"),
    "another currency": MADE.replace(b"EUR", b"USD"),
    "another call": MADE.replace(b'"p1"', b'"p2"'),
    "another kind": MADE.replace(b'"charge"', b'"payout"'),
}


def ask(answer: bytes, method: str) -> object:
    async def asked(url: str) -> object:
        async with httpx.AsyncClient(base_url=url, timeout=2) as client:
            provider = SandboxProvider(client, "secret")
            return await getattr(provider, method)(CALL)

    with odd_server(answer) as url:
        return asyncio.run(asked(url))


def names(cases: Iterable[str]) -> list[str]:
    return [case.replace(" ", "-") for case in cases]


@pytest.mark.parametrize("method", ["find", "execute"])
@pytest.mark.parametrize("answer", NOBODY.values(), ids=names(NOBODY))
def test_what_is_not_understood_is_unknown(answer: bytes, method: str) -> None:
    with pytest.raises(UNKNOWN):
        ask(answer, method)


@pytest.mark.parametrize("method", ["find", "execute"])
@pytest.mark.parametrize("body", OTHERS.values(), ids=names(OTHERS))
def test_what_was_not_asked_for_is_for_a_person(body: bytes, method: str) -> None:
    with pytest.raises(AnswerMismatch):
        ask(response(200, body), method)


@pytest.mark.parametrize("status", [400, 402, 422])
def test_a_refused_look_up_declines_nothing(status: int) -> None:
    """What is wrong with our question says nothing about the charge."""
    with pytest.raises(UNKNOWN):
        ask(response(status, ERROR % b"invalid_request"), "find")


def test_a_refusal_of_the_call_itself_is_an_outcome() -> None:
    assert ask(response(422, ERROR % b"charge_not_refundable"), "execute") == Declined(
        "", "charge_not_refundable"
    )
    assert ask(response(404, ERROR % b"not_found"), "find") is None
