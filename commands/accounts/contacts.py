"""Contacts of an account: changed with a code from both ends, had back by who reads the old one."""

import hmac
from datetime import datetime, timedelta

import msgspec

from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.gate import Origin
from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import contact_of
from commands.accounts.refusals import CodeRefused
from commands.accounts.taking_back import TakingBack
from commands.accounts.tokens import UNDO, read
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.streams.account.messages import ChangeContact
from commands.streams.contact.state import Claimed, is_free
from eventstore.events.account import account_stream

UNDO_FOR = timedelta(days=7)


class BothAsked(msgspec.Struct, frozen=True):
    """`old` is none where the account had nothing of that channel."""

    new: Asked
    old: Asked | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of both ends."""

    challenge_id: str
    code: str
    old_challenge_id: str = ""
    old_code: str = ""


class Contacts:
    def __init__(
        self, means: Means, codes: Codes, notices: Notices, taking_back: TakingBack
    ) -> None:
        self._means = means
        self._codes = codes
        self._notices = notices
        self._taking_back = taking_back

    async def all_of(self, account_id: str) -> list[Contact]:
        async with self._means.records.connection() as connection:
            return await contacts.owned_by(connection, account_id)

    async def begin(
        self, account_id: str, address: str, origin: Origin, now: datetime
    ) -> BothAsked:
        """The same answer, whether somebody has that address or not.

        Raises `AddressInvalid`, `CodeJustSent`, and what the gate raises.
        """
        typed = parsed(address)
        name = await self._codes.may_write(typed, origin)
        contact = Contact(
            contact_id=self._means.new_id(),
            account_id=account_id,
            channel=typed.channel,
            name=name,
            address=typed.typed,
        )
        asked: list[Challenge] = []
        async with self._means.records.connection() as connection, connection.transaction():
            free = is_free(await contact_of(connection, name), now)
            whose = Claimed(account_id=account_id, contact_id=contact.contact_id)
            asked.append(self._codes.new("contact_new", whose, name, origin, real=free, to=typed))
            for one in await contacts.owned_by(connection, account_id):
                if one.channel == contact.channel:
                    old = Claimed(account_id=account_id, contact_id=one.contact_id)
                    asked.append(
                        self._codes.new(
                            "contact_old", old, one.name, origin, to=parsed(one.address)
                        )
                    )
            for challenge in asked:
                await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, contact, now)
        sent = [await self._codes.send(challenge, now) for challenge in asked]
        return BothAsked(sent[0], sent[1] if len(sent) > 1 else None)

    async def confirm(self, account_id: str, shown: Shown, origin: Origin, now: datetime) -> str:
        """The new contact's id.

        Raises `CodeRefused`, `ContactTaken`, `ContactIsOther`, `TooManyChanges`.
        """
        await self._means.gate.let_through(origin.attempt("code", account_id))
        old: Challenge | None = None
        if shown.old_challenge_id:
            old = await self._codes.spend(
                shown.old_challenge_id, "contact_old", shown.old_code, now
            )
            if old.account_id != account_id:
                raise CodeRefused(field="old_code")
        new = await self._codes.spend(shown.challenge_id, "contact_new", shown.code, now)
        if new.account_id != account_id:
            raise CodeRefused(field="code")
        await self._change(new, old.contact if old else "", now)
        if old:
            await self._notices.tell(
                old.contact_id, "contact_changed", new.challenge_id, now, channel=old.channel
            )
        return new.contact_id

    async def _change(self, new: Challenge, before: str, now: datetime) -> None:
        change_id, until = new.challenge_id, now + UNDO_FOR
        async with self._means.records.connection() as connection:
            await contacts.changing(connection, change_id, new.account_id, now, until)
        command = ChangeContact(
            account_id=new.account_id,
            change_id=change_id,
            channel=new.channel,
            contact=new.contact,
            contact_id=new.contact_id,
            before=before,
            undo_until=until,
            **theirs(new.account_id, now),
        )
        why = cause(f"contact/{change_id}/change", account_stream(new.account_id))
        await self._means.dispatch(command, why)

    async def undo(self, text: str, now: datetime) -> str:
        """The account that is its owner's again.

        Raises `CodeRefused`, the same for every reason, or `ChangeUnknown` for one that is over.
        """
        token = read(UNDO, text)
        if token is None or not hmac.compare_digest(self._means.keys.undo(token.of), token.secret):
            raise CodeRefused(field="token")
        return await self._taking_back.undo(token.of, now)
