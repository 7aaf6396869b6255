"""People of a seller, by invitation: to an address, and taken by nobody but its owner."""

from datetime import datetime, timedelta

import msgspec

from commands.accounts.addresses import Address, email
from commands.accounts.gate import NOWHERE, Origin
from commands.accounts.means import Means, asked, cause
from commands.accounts.notices import Notices
from commands.accounts.owners import members_of, owner_of
from commands.accounts.refusals import InvitationRefused
from commands.accounts.sessions import Sessions
from commands.command import Actor
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.seller_invitations import queries as invitations
from commands.records.seller_invitations.queries import Invited
from commands.refusals import NotYours
from commands.streams.membership.messages import AddMember, InviteMember
from commands.streams.membership.refusals import IsMember
from eventstore.events.membership import membership_stream
from eventstore.identity import Member

LIFETIME = timedelta(days=7)


class Members:
    def __init__(self, means: Means, notices: Notices, sessions: Sessions) -> None:
        self._means = means
        self._notices = notices
        self._sessions = sessions

    async def invite(
        self,
        seller_id: str,
        address: str,
        member: Member,
        now: datetime,
        *,
        by: Actor,
        session: str = "",
        origin: Origin = NOWHERE,
    ) -> str:
        """The invitation's id, which its letter tells. `session` is the one of staff, if any.

        Raises `AddressInvalid`, `NotYours`, `SellerUnknown`, and what the gate raises.
        """
        typed = email(address)
        if by.role == "seller" and by.subject != seller_id:
            raise NotYours(field="seller_id")
        invited_by = by.account if by.role == "seller" else ""
        await self._must_own(seller_id, invited_by)
        name = self._means.keys.contact("email", typed.same)
        await self._means.gate.let_through(origin.attempt("letter", name))
        invitation_id = self._means.new_id()
        contact = self._contact(name, typed)
        invited = Invited(seller_id, member, name, invited_by)
        async with self._means.records.connection() as connection, connection.transaction():
            await contacts.add(connection, contact, now)
            await invitations.add(connection, invitation_id, invited, now + LIFETIME)
        command = InviteMember(
            seller_id=seller_id,
            invitation_id=invitation_id,
            contact_id=contact.contact_id,
            member=member,
            **asked(by, now),
        )
        await self._say(command, session)
        await self._notices.tell(
            contact.contact_id, "seller_invitation", invitation_id, now, now + LIFETIME
        )
        return invitation_id

    def _contact(self, name: str, typed: Address) -> Contact:
        """Where the letter goes to: nobody's account is behind it yet."""
        return Contact(
            contact_id=self._means.new_id(),
            account_id=self._means.new_id(),
            channel="email",
            name=name,
            address=typed.typed,
        )

    async def _say(self, command: InviteMember, session: str) -> None:
        why = cause(f"invite/{command.invitation_id}", membership_stream(command.seller_id))
        await self._means.dispatch(command, msgspec.structs.replace(why, session=session))

    async def accept(self, account_id: str, invitation_id: str, now: datetime) -> Invited:
        """Raises `InvitationRefused`, the same for every reason."""
        async with self._means.records.connection() as connection:
            invited = await invitations.of(connection, invitation_id, account_id, now)
            if invited is None:
                raise InvitationRefused(field="invitation_id")
            owner = await owner_of(connection, invited.contact)
            if owner is None or owner.account_id != account_id:
                raise InvitationRefused(field="invitation_id")
            if not await invitations.take(connection, invitation_id, account_id):
                raise InvitationRefused(field="invitation_id")
        await self._must_own(invited.seller_id, invited.invited_by)
        await self._join(account_id, invitation_id, invited, now)
        return invited

    async def _join(
        self, account_id: str, invitation_id: str, invited: Invited, now: datetime
    ) -> None:
        command = AddMember(
            seller_id=invited.seller_id,
            account_id=account_id,
            member=invited.member,
            sessions=await self._sessions.open_of(account_id, "seller", invited.seller_id),
            **asked(Actor("system", "invitations"), now),
        )
        what = f"seller-invitation/{invitation_id}"
        try:
            await self._means.dispatch(command, cause(what, membership_stream(invited.seller_id)))
        except IsMember:
            async with self._means.records.connection() as connection:
                await invitations.void(connection, invitation_id)

    async def _must_own(self, seller_id: str, account_id: str) -> None:
        """As the log says now, whatever a token says. Raises `NotYours`."""
        if not account_id:
            return
        async with self._means.records.connection() as connection:
            members = await members_of(connection, seller_id)
        if account_id not in members.owners:
            raise NotYours(field="seller_id")
