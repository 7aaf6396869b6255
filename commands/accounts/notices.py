"""What people are told about their accounts: asked for in the log, sent by a worker afterwards.

Nobody waits for a mail server, and how long one takes says nothing of who has an account.
"""

from datetime import datetime

from commands.accounts.addresses import phone
from commands.accounts.means import Means, cause
from commands.accounts.means import asked as asked_by
from commands.accounts.refusals import TextsAreSpent
from commands.accounts.texting import Asked
from commands.command import Actor
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.streams.notice.messages import RequestNotice
from commands.streams.notice.refusals import NoticeExists
from eventstore.events.account import Channel
from eventstore.events.notice import Template, notice_stream

US = Actor("system", "accounts")


class Notices:
    def __init__(self, means: Means) -> None:
        self._means = means

    def carrier(self, channel: Channel) -> str:
        """Who carries what goes there."""
        return self._means.mail_by if channel == "email" else self._means.texting.by

    async def tell(
        self,
        contact_id: str,
        template: Template,
        notice_id: str,
        now: datetime,
        expires_at: datetime | None = None,
        *,
        channel: Channel = "email",
    ) -> None:
        """Once, however often the same notice is asked for."""
        command = RequestNotice(
            notice_id=notice_id,
            contact_id=contact_id,
            channel=channel,
            provider=self.carrier(channel),
            template=template,
            expires_at=expires_at,
            **asked_by(US, now),
        )
        what = f"notice/{notice_id}"
        try:
            await self._means.dispatch(command, cause(what, notice_stream(notice_id)))
        except NoticeExists:
            return

    async def tell_account(
        self, account_id: str, template: Template, about: str, now: datetime
    ) -> None:
        """By letter, once for what it is about; to a number if there is nothing else, and as long
        as messages may be sent.
        """
        async with self._means.records.connection() as connection:
            found = await contacts.owned_by(connection, account_id)
        letters = [one for one in found if one.channel == "email"]
        for one in letters or found:
            if one.channel == "phone" and not await self._may_text(one, now):
                continue
            about_it = f"{about}.{template}.{one.contact_id}"[:200]
            await self.tell(one.contact_id, template, about_it, now, channel=one.channel)

    async def _may_text(self, contact: Contact, now: datetime) -> bool:
        if not self._means.texting.by:
            return False
        asked = Asked(
            number=contact.name,
            country=phone(contact.address).country,
            address=f"notices/{contact.account_id}",
            own=True,
        )
        try:
            async with self._means.records.connection() as connection, connection.transaction():
                await self._means.texting.spend(connection, asked, now)
        except TextsAreSpent:
            return False
        return True
