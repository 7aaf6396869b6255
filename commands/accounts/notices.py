"""What people are told about their accounts: asked for in the log, sent by a worker afterwards.

Nobody waits for a mail server, and how long one takes says nothing of who has an account.
"""

from datetime import datetime

from commands.accounts.means import Means, asked, cause
from commands.command import Actor
from commands.records.contacts import queries as contacts
from commands.streams.notice.messages import RequestNotice
from commands.streams.notice.refusals import NoticeExists
from eventstore.events.notice import Template, notice_stream

US = Actor("system", "accounts")


class Notices:
    def __init__(self, means: Means) -> None:
        self._means = means

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
            provider=self._means.mail_by,
            template=template,
            expires_at=expires_at,
            **asked(US, now),
        )
        what = f"notice/{notice_id}"
        try:
            await self._means.dispatch(command, cause(what, notice_stream(notice_id)))
        except NoticeExists:
            return

    async def tell_account(
        self, account_id: str, template: Template, about: str, now: datetime
    ) -> None:
        """To each confirmed contact of an account, once for what it is about."""
        async with self._means.records.connection() as connection:
            found = await contacts.confirmed_of(connection, account_id)
        for contact_id in found:
            await self.tell(contact_id, template, f"{about}.{template}.{contact_id}"[:200], now)
