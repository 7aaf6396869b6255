"""What every provider of identities does, each by its own rules and against its own stand-in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from commands.outside.identity.provider import (
    Asked,
    Callback,
    IdentityProvider,
    IdentityRefused,
    ProviderAway,
)
from commands.outside.identity.providers import IDENTITY_PROVIDERS
from tests.contract.identity_stand_ins import (
    REDIRECT_URI,
    Elsewhere,
    elsewhere,
    visited,
)
from tests.contract.odd_server import CLOSE, odd_server, response
from tests.given import NOW

ASKED = Asked(redirect_uri=REDIRECT_URI, state="s" * 43, nonce="n" * 43, verifier="v" * 43)
NAMES = [kind.name for kind in IDENTITY_PROVIDERS]
SUBJECT = "1100500"

type Work = Callable[[IdentityProvider], Awaitable[None]]


@pytest.fixture(scope="module")
def there() -> Iterator[Elsewhere]:
    with elsewhere() as found:
        yield found


def ask(there: Elsewhere, name: str, work: Work) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            await work(there.adapters(client)[name])

    asyncio.run(main())


async def back(provider: IdentityProvider, subject: str, asked: Asked = ASKED) -> Callback:
    """The callback of whoever goes there and is that."""
    brought = await asyncio.to_thread(visited, await provider.page(asked), subject)
    assert brought["state"] == asked.state
    return Callback(code=brought["code"], device_id=brought.get("device_id", ""))


@pytest.mark.parametrize("name", NAMES)
def test_somebody_is_who_the_provider_says(there: Elsewhere, name: str) -> None:
    there.has(name, SUBJECT, "anna@example.org")

    async def work(provider: IdentityProvider) -> None:
        who = await provider.who(ASKED, await back(provider, SUBJECT), NOW)
        assert (who.subject, who.email, who.email_verified) == (SUBJECT, "anna@example.org", False)
        assert who.issuer

    ask(there, name, work)


def test_google_alone_vouches_for_an_address(there: Elsewhere) -> None:
    for name in NAMES:
        there.has(name, SUBJECT, "anna@example.org", verified=True)
    said: dict[str, bool] = {}
    for name in NAMES:

        async def work(provider: IdentityProvider, name: str = name) -> None:
            who = await provider.who(ASKED, await back(provider, SUBJECT), NOW)
            said[name] = who.email_verified

        ask(there, name, work)
    assert said == {"google": True, "yandex": False, "vk": False}


@pytest.mark.parametrize("name", NAMES)
def test_a_code_is_good_for_once(there: Elsewhere, name: str) -> None:
    there.has(name, SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        callback = await back(provider, SUBJECT)
        await provider.who(ASKED, callback, NOW)
        with pytest.raises(IdentityRefused):
            await provider.who(ASKED, callback, NOW)

    ask(there, name, work)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_is_good_for_whom_it_was_asked_for(there: Elsewhere, name: str) -> None:
    """PKCE: whoever has caught the code has not the verifier."""
    there.has(name, SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        callback = await back(provider, SUBJECT)
        with pytest.raises(IdentityRefused):
            await provider.who(msgspec.structs.replace(ASKED, verifier="w" * 43), callback, NOW)

    ask(there, name, work)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_does_not_keep(there: Elsewhere, name: str) -> None:
    there.has(name, SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        callback = await back(provider, SUBJECT)
        there.clock.now = NOW + timedelta(minutes=10)
        try:
            with pytest.raises(IdentityRefused):
                await provider.who(ASKED, callback, NOW)
        finally:
            there.clock.now = NOW

    ask(there, name, work)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_told_to_another_application_is_not_believed(there: Elsewhere, name: str) -> None:
    there.has(name, "foreign-1")

    async def work(provider: IdentityProvider) -> None:
        with pytest.raises(IdentityRefused):
            await provider.who(ASKED, await back(provider, "foreign-1"), NOW)

    ask(there, name, work)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mood", ["away-1", "garbled-1"])
def test_what_is_not_understood_is_no_outcome(there: Elsewhere, name: str, mood: str) -> None:
    there.has(name, mood)

    async def work(provider: IdentityProvider) -> None:
        with pytest.raises(ProviderAway):
            await provider.who(ASKED, await back(provider, mood), NOW)

    ask(there, name, work)


@pytest.mark.parametrize(
    ("name", "mood"), [("google", "stale-1"), ("google", "forged-1"), ("vk", "stale-1")]
)
def test_an_old_a_forged_and_a_misdirected_answer_are_refused(
    there: Elsewhere, name: str, mood: str
) -> None:
    there.has(name, mood)

    async def work(provider: IdentityProvider) -> None:
        with pytest.raises(IdentityRefused):
            await provider.who(ASKED, await back(provider, mood), NOW)

    ask(there, name, work)


def test_google_s_answer_to_another_question_is_refused(there: Elsewhere) -> None:
    there.has("google", SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        callback = await back(provider, SUBJECT)
        with pytest.raises(IdentityRefused):
            await provider.who(msgspec.structs.replace(ASKED, nonce="m" * 43), callback, NOW)

    ask(there, "google", work)


def test_google_s_keys_are_looked_up_again_when_they_are_rotated(there: Elsewhere) -> None:
    there.has("google", SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        await provider.who(ASKED, await back(provider, SUBJECT), NOW)
        there.stand_ins.google.rotate()
        # Not for each token that names a key of its own.
        with pytest.raises(IdentityRefused):
            await provider.who(ASKED, await back(provider, SUBJECT), NOW)
        later = NOW + timedelta(seconds=31)
        who = await provider.who(ASKED, await back(provider, SUBJECT), later)
        assert who.subject == SUBJECT

    ask(there, "google", work)


def test_vk_s_code_goes_with_its_device(there: Elsewhere) -> None:
    there.has("vk", SUBJECT)

    async def work(provider: IdentityProvider) -> None:
        for device_id in ("", "another"):
            callback = await back(provider, SUBJECT)
            with pytest.raises(IdentityRefused):
                await provider.who(
                    ASKED, msgspec.structs.replace(callback, device_id=device_id), NOW
                )

    ask(there, "vk", work)


ODD = {
    "HTML with 200": response(200, b"<html>"),
    "no UTF-8": response(200, b'{"a":"\xff"}'),
    "a list": response(200, b"[]"),
    "an empty object": response(200, b"{}"),
    "deep nesting": response(200, b'{"a":' + b"[" * 100_000),
    "too long": response(200, b'{"a":"' + b"a" * 300_000 + b'"}'),
    "502": response(502, b""),
    "429": response(429, b"{}"),
    "our fault": response(401, b'{"error":"invalid_client"}'),
    "a redirect": response(302, b""),
    "closed": CLOSE,
    "not HTTP": b"220 smtp ready\r\n",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_says_nothing_of_anybody(name: str, answer: str) -> None:
    async def main(url: str) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            there = Elsewhere(url, None, None)  # type: ignore[arg-type]
            provider = there.adapters(client)[name]
            with pytest.raises(ProviderAway):
                await provider.who(ASKED, Callback(code="c", device_id="d"), NOW)

    with odd_server(ODD[answer]) as url:
        asyncio.run(main(url))


def test_a_document_of_another_issuer_is_not_followed() -> None:
    document = (
        b'{"issuer":"https://evil.example","authorization_endpoint":"https://a.example/a",'
        b'"token_endpoint":"https://a.example/t","jwks_uri":"https://a.example/k"}'
    )

    async def main(url: str) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            there = Elsewhere(url, None, None)  # type: ignore[arg-type]
            with pytest.raises(ProviderAway):
                await there.adapters(client)["google"].page(ASKED)

    with odd_server(response(200, document)) as url:
        asyncio.run(main(url))
