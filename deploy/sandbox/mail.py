"""A mail server that keeps what it takes, and has the moods of real ones.

By the part of the address before the @:

    bounce…   550: there is no such mailbox
    later…    451, always: come again
    grey…     451 the first time that this address is written to
    lost…     takes the letter, and ends the connection instead of saying so
    anything else is taken
"""

import asyncio
import hmac
import warnings
from collections import deque
from email import message_from_bytes
from email.policy import default
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.embedded.servers import MAIL_USER

KEPT_MAX = 10_000


class Letter(msgspec.Struct, frozen=True):
    to: str
    subject: str
    text: str
    message_id: str


class Mailroom:
    """An aiosmtpd handler; letters are kept in memory, the newest last."""

    def __init__(self) -> None:
        self._letters: deque[Letter] = deque(maxlen=KEPT_MAX)
        self._greylisted: set[str] = set()

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self._letters if letter.to.lower() == address.lower()]

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        mood = address.partition("@")[0]
        if mood.startswith("bounce"):
            return f"550 5.1.1 <{address}>: there is no such mailbox"
        if mood.startswith("later") or (mood.startswith("grey") and self._first(address)):
            return "451 4.2.0 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        body = message.get_body()
        for to in envelope.rcpt_tos:
            text = body.get_content() if body is not None else ""
            letter = Letter(to, str(message["Subject"]), text, str(message["Message-ID"]))
            self._letters.append(letter)
        if envelope.rcpt_tos[0].startswith("lost"):
            transport: Any = server.transport
            transport.abort()
        return "250 OK"

    def _first(self, address: str) -> bool:
        known = address in self._greylisted
        self._greylisted.add(address)
        return not known


async def listen(mailroom: Mailroom, host: str, port: int, password: str) -> asyncio.Server:
    """Who sends must know the password; there is no TLS on the loopback."""

    def authenticate(*asked: Any) -> AuthResult:
        given: LoginPassword = asked[-1]
        right = hmac.compare_digest(given.password, password.encode())
        return AuthResult(success=right and given.login == MAIL_USER.encode(), handled=False)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # That passwords go without TLS is meant.
            return SMTP(
                mailroom,
                authenticator=authenticate,
                auth_required=True,
                auth_require_tls=False,
                enable_SMTPUTF8=True,
                hostname="mail.sandbox",
            )

    return await asyncio.get_running_loop().create_server(protocol, host, port)
