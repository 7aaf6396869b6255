"""Letters by SMTP. A server that has taken one is asked no more; nobody can look one up there.

Whether it was taken is not known if the connection ends between the text and the answer: it is then
sent again, under the same Message-ID, by which mailboxes know a double.
"""

from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.policy import SMTPUTF8 as WIRE_UTF8
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec
from aiosmtplib import SMTP, SMTPResponseException
from msgspec import Meta

from commands.outside.mail.call import SendLetter
from commands.outside.mail.letters import letter
from commands.outside.mail.port import MAIL
from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    OutcomeUnknown,
    Provider,
    Result,
    Succeeded,
    Unreachable,
)
from commands.records.contacts.queries import address_of

NAME = "smtp"
DEFAULT_PORT = {"smtp": 587, "smtps": 465}
FOR_GOOD = 500
LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


class SMTPSettings(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[
        str,
        Meta(
            description="the mail server, smtps://user:password@host or smtp:// with STARTTLS;"
            " if set, none is embedded",
            extra={"url": ("smtp", "smtps")},
        ),
    ]
    sender: Annotated[str, Meta(description="the address that letters come from")] = (
        "Marketplace <no-reply@market.invalid>"
    )


class SMTPMail:
    """`host` gives addresses and codes, which the log and the queue do not hold."""

    def __init__(self, settings: SMTPSettings, host: Host) -> None:
        self._url = urlsplit(settings.url)
        self._sender = settings.sender
        self._host = host

    async def execute(self, call: SendLetter) -> Result:
        now = self._host.clock()
        if call.expires_at is not None and now >= call.expires_at:
            return Declined("", "expired")
        async with self._host.records.connection() as connection:
            to = await address_of(connection, call.contact_id)
        if to is None:
            return Declined("", "no-address")
        message_id = f"<{call.key}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message = letter(
            call.template,
            call.key,
            self._host.code(call.key),
            undo=self._host.undo(call.key),
            sender=self._sender,
            to=to,
            message_id=message_id,
            now=now,
        )
        return await self._send(message, to, message_id)

    async def find(self, call: SendLetter) -> Result | None:  # noqa: ARG002 - the port's shape
        return None

    async def _send(self, message: EmailMessage, to: str, message_id: str) -> Result:
        client = self._client()
        try:
            await self._begun(client)
            refused = await self._addressed(client, to)
            if refused is not None:
                return refused
            return await _given(
                client, message.as_bytes(policy=WIRE if to.isascii() else WIRE_UTF8), message_id
            )
        finally:
            client.close()

    def _client(self) -> SMTP:
        url = self._url
        return SMTP(
            hostname=url.hostname,
            port=url.port or DEFAULT_PORT[url.scheme],
            use_tls=url.scheme == "smtps",
            # STARTTLS wherever the server offers it.
            start_tls=None if url.scheme == "smtp" else False,
            timeout=self._host.timeout_s,
        )

    async def _begun(self, client: SMTP) -> None:
        try:
            await client.connect()
            if self._url.username:
                user, password = unquote(self._url.username), unquote(self._url.password or "")
                await client.login(user, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            raise AnswerUnclear(f"the mail server does not let us in ({error.code})") from error
        except (aiosmtplib.SMTPException, *LOST) as error:
            raise Unreachable(type(error).__name__) from error

    async def _addressed(self, client: SMTP, to: str) -> Declined | None:
        options = () if to.isascii() else ("SMTPUTF8",)
        if options and not client.supports_extension("smtputf8"):
            return Declined("", "address-not-ascii")
        try:
            await client.mail(parseaddr(self._sender)[1], options=options)
        except SMTPResponseException as error:
            if error.code >= FOR_GOOD:
                raise AnswerUnclear(f"the sender was refused ({error.code})") from error
            raise Unreachable(f"the sender was put off ({error.code})") from error
        except LOST as error:
            raise Unreachable(type(error).__name__) from error
        try:
            await client.rcpt(to, encoding="utf-8")
        except SMTPResponseException as error:
            return _judged(error)
        except LOST as error:
            raise Unreachable(type(error).__name__) from error
        return None


def _judged(error: SMTPResponseException) -> Declined:
    """By its number alone: the words behind it may repeat the address."""
    if error.code >= FOR_GOOD:
        return Declined("", f"smtp-{error.code}")
    raise Unreachable(f"the server put it off ({error.code})") from error


async def _given(client: SMTP, text: bytes, message_id: str) -> Result:
    try:
        await client.data(text)
    except SMTPResponseException as error:
        return _judged(error)
    except LOST as error:
        raise OutcomeUnknown(type(error).__name__) from error
    return Succeeded(message_id)


SMTP_MAIL = Provider(port=MAIL, name=NAME, settings=SMTPSettings, make=SMTPMail)
