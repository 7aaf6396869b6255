"""The SMTP adapter against a mail server in all its moods."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from commands.outside.mail.call import SendLetter
from commands.outside.mail.smtp import SMTPMail, SMTPSettings
from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    OutcomeUnknown,
    Succeeded,
    Unreachable,
)
from deploy.embedded.servers import MAIL_USER
from deploy.sandbox.mail import Letter, Mailroom, listen

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PASSWORD = "pw/with:all@sorts"
URL = "smtp://{user}:{password}@127.0.0.1:{port}"


class Addresses:
    """Records with one contact, whose address is this."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Addresses"]:
        yield self

    async def execute(self, _: str, __: list[str]) -> "Addresses":
        return self

    async def fetchone(self) -> tuple[str] | None:
        return None if self._address is None else (self._address,)


def call(**more: Any) -> SendLetter:
    asked: dict[str, Any] = {
        "provider": "smtp",
        "key": "~n1.1",
        "contact_id": "~c1",
        "template": "sign_in_code",
        "expires_at": NOW + timedelta(minutes=10),
    }
    return SendLetter(**(asked | more))


class Post:
    """A mail server, and the adapter that sends to this address over it."""

    def __init__(self) -> None:
        self.mailroom = Mailroom()

    def run(self, to: str | None, work: Callable[[SMTPMail], Awaitable[Any]], **url: str) -> Any:
        async def main() -> Any:
            server = await listen(self.mailroom, "127.0.0.1", 0, PASSWORD)
            port = server.sockets[0].getsockname()[1]
            asked = {"user": MAIL_USER, "password": "pw%2Fwith%3Aall%40sorts", "port": port} | url
            records: Any = Addresses(to)
            host = Host(
                timeout_s=1.0,
                records=records,
                clock=lambda: NOW,
                code=lambda key: f"code of {key}",
                undo=lambda key: f"undo of {key}",
            )
            settings = SMTPSettings(url=URL.format(**asked), sender="Shop <shop@example.org>")
            async with server:
                return await work(SMTPMail(settings, host))

        return asyncio.run(main())

    def send(self, to: str | None, asked: SendLetter | None = None, **url: str) -> Any:
        return self.run(to, lambda mail: mail.execute(asked or call()), **url)

    def letters(self, to: str) -> list[Letter]:
        return self.mailroom.to(to)


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_letter_arrives_with_its_code_under_its_own_name(post: Post) -> None:
    assert post.send("anna@example.org") == Succeeded("<~n1.1@example.org>")
    (letter,) = post.letters("anna@example.org")
    assert letter.subject == "Your sign-in code: code of ~n1.1"
    assert "code of ~n1.1 is the code" in letter.text
    assert letter.message_id == "<~n1.1@example.org>"


def test_one_that_is_sent_again_has_the_same_name(post: Post) -> None:
    assert post.send("anna@example.org") == post.send("anna@example.org")
    assert len({letter.message_id for letter in post.letters("anna@example.org")}) == 1


def test_nobody_can_look_a_letter_up(post: Post) -> None:
    post.send("anna@example.org")
    assert post.run("anna@example.org", lambda mail: mail.find(call())) is None


def test_a_mailbox_that_is_not_there_is_an_outcome_that_names_nobody(post: Post) -> None:
    assert post.send("bounce-anna@example.org") == Declined("", "smtp-550")


@pytest.mark.parametrize("to", ["later@example.org", "grey@example.org"])
def test_who_is_put_off_comes_again(post: Post, to: str) -> None:
    with pytest.raises(Unreachable) as caught:
        post.send(to)
    assert to not in str(caught.value)


def test_a_greylisted_letter_is_taken_the_second_time(post: Post) -> None:
    with pytest.raises(Unreachable):
        post.send("grey@example.org")
    assert isinstance(post.send("grey@example.org"), Succeeded)


def test_a_connection_that_ends_instead_of_an_answer_says_nothing(post: Post) -> None:
    with pytest.raises(OutcomeUnknown):
        post.send("lost@example.org")
    assert len(post.letters("lost@example.org")) == 1


def test_a_server_that_does_not_know_us_is_for_a_person(post: Post) -> None:
    with pytest.raises(AnswerUnclear) as caught:
        post.send("anna@example.org", password="wrong")
    assert "wrong" not in str(caught.value)


def test_a_server_that_is_not_there_is_tried_again(post: Post) -> None:
    with pytest.raises(Unreachable):
        post.send("anna@example.org", port="9")


def test_what_is_too_late_or_has_no_address_any_more_is_not_sent(post: Post) -> None:
    late = msgspec.structs.replace(call(), expires_at=NOW)
    assert post.send("anna@example.org", late) == Declined("", "expired")
    assert post.send(None) == Declined("", "no-address")
    assert post.letters("anna@example.org") == []


def test_a_letter_without_an_end_is_never_too_late(post: Post) -> None:
    told = call(template="already_registered", expires_at=None)
    assert isinstance(post.send("anna@example.org", told), Succeeded)


def test_letters_of_another_script_in_front_of_the_at(post: Post) -> None:
    assert isinstance(post.send("анна@example.org"), Succeeded)
    assert len(post.letters("анна@example.org")) == 1
