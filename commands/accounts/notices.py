"""What people are told about their accounts: asked for in the log, sent by a worker afterwards.

Nobody waits for a mail server, and how long one takes says nothing of who has an account.
"""

from datetime import datetime

from commands.command import Actor
from commands.dispatch import Cause, Dispatch
from commands.records.contacts import queries as contacts
from commands.records.record import Records
from commands.streams.notice.messages import RequestNotice
from commands.streams.notice.refusals import NoticeExists
from eventstore.events.notice import Template, notice_stream

US = Actor("system", "accounts")


class Notices:
    """`provider` carries e-mail."""

    def __init__(self, records: Records, dispatch: Dispatch, provider: str) -> None:
        self._records = records
        self._dispatch = dispatch
        self._provider = provider

    async def tell(
        self,
        contact_id: str,
        template: Template,
        notice_id: str,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> None:
        """Once, however often the same notice is asked for."""
        command = RequestNotice(
            notice_id=notice_id,
            contact_id=contact_id,
            channel="email",
            provider=self._provider,
            template=template,
            expires_at=expires_at,
            by=US,
            now=now,
            occurred_at=now,
        )
        source = f"accounts/notice/{notice_id}"
        cause = Cause(
            command_id=source, correlation_id=notice_stream(notice_id), causation_id=source
        )
        try:
            await self._dispatch(command, cause)
        except NoticeExists:
            return

    async def tell_account(
        self, account_id: str, template: Template, about: str, now: datetime
    ) -> None:
        """To each confirmed contact of an account, once for what it is about."""
        async with self._records.connection() as connection:
            found = await contacts.confirmed_of(connection, account_id)
        for contact_id in found:
            await self.tell(contact_id, template, f"{about}.{template}.{contact_id}"[:200], now)
