"""Contacts of an account: changed with a code from both ends, had back by who reads the old one."""

import hmac
from datetime import datetime

import msgspec

from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.gate import Origin
from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import contact_of
from commands.accounts.refusals import CodeRefused
from commands.accounts.taking_back import UNDO_FOR, TakingBack
from commands.accounts.tokens import UNDO, read
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.streams.account.messages import ChangeContact, Telling
from commands.streams.account.refusals import AccountUnknown
from commands.streams.contact.state import Claimed, is_free
from eventstore.events.account import account_stream


class BothAsked(msgspec.Struct, frozen=True):
    """`old` goes to what it takes the place of, or to what the account has else."""

    new: Asked
    old: Asked


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of both ends."""

    challenge_id: str
    code: str
    old_challenge_id: str
    old_code: str


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

        Raises `AddressInvalid`, `PhoneInvalid`, `CodeJustSent`, `TextsAreSpent`, and what the gate
        raises.
        """
        async with in_steps(self._means.draw):
            return await self._begin(account_id, address, origin, now)

    async def _begin(
        self, account_id: str, address: str, origin: Origin, now: datetime
    ) -> BothAsked:
        typed = parsed(address)
        name = await self._codes.may_write(typed, origin)
        contact = Contact(
            contact_id=self._means.new_id(),
            account_id=account_id,
            channel=typed.channel,
            name=name,
            address=typed.typed,
        )
        whose = Claimed(account_id=account_id, contact_id=contact.contact_id)
        async with self._means.records.connection() as connection, connection.transaction():
            free = is_free(await contact_of(connection, name), now)
            new = self._codes.new("contact_new", whose, name, origin, real=free, to=typed)
            old = self._of_old(await contacts.owned_by(connection, account_id), contact, origin)
            # In one order for all, so that two who change to each other's do not stand still.
            for challenge in sorted((new, old), key=lambda one: one.contact):
                await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, contact, now)
        return BothAsked(await self._codes.send(new, now), await self._codes.send(old, now))

    def _of_old(self, owned: list[Contact], new: Contact, origin: Origin) -> Challenge:
        """Of what it takes the place of; of the account's first, where there is nothing such."""
        if not owned:
            raise AccountUnknown
        same = [one for one in owned if one.channel == new.channel]
        old = (same or owned)[0]
        whose = Claimed(account_id=new.account_id, contact_id=old.contact_id)
        to = parsed(old.address)
        return self._codes.new("contact_old", whose, old.name, origin, to=to)

    async def confirm(self, account_id: str, shown: Shown, origin: Origin, now: datetime) -> str:
        """The new contact's id.

        Raises `CodeRefused`, `ContactTaken`, `ContactIsOther`, `TooManyChanges`.
        """
        await self._means.gate.let_through(origin.attempt("code", account_id))
        old = await self._codes.spend(shown.old_challenge_id, "contact_old", shown.old_code, now)
        if old.account_id != account_id:
            raise CodeRefused(field="old_code")
        new = await self._codes.spend(shown.challenge_id, "contact_new", shown.code, now)
        if new.account_id != account_id:
            raise CodeRefused(field="code")
        async with self._means.records.connection() as connection:
            owned = await contacts.owned_by(connection, account_id)
        if old.contact_id not in {one.contact_id for one in owned}:
            raise CodeRefused(field="old_code")
        await self._change(new, owned, now)
        return new.contact_id

    async def _change(self, new: Challenge, owned: list[Contact], now: datetime) -> None:
        """All that the account has so far is told in the same append, whatever it costs."""
        change_id, until = new.challenge_id, now + UNDO_FOR
        async with self._means.records.connection() as connection:
            await contacts.changing(connection, change_id, new.account_id, now, until)
        before = [one.name for one in owned if one.channel == new.channel]
        command = ChangeContact(
            account_id=new.account_id,
            change_id=change_id,
            channel=new.channel,
            contact=new.contact,
            contact_id=new.contact_id,
            before=before[0] if before else "",
            undo_until=until,
            tell=tuple(
                Telling(
                    notice_id=f"{change_id}.{one.contact_id}",
                    contact_id=one.contact_id,
                    channel=one.channel,
                    provider=self._notices.carrier(one.channel),
                )
                for one in owned
            ),
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
