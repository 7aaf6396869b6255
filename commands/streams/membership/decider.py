"""Who acts for a seller: changed by its owners, and by operators."""

from collections.abc import Sequence

from commands.refusals import NotYours
from commands.streams.account.state import Account
from commands.streams.account.state import known as known_account
from commands.streams.membership.messages import AddMember, InviteMember, RemoveMember
from commands.streams.membership.refusals import IsMember, LastOwner, MemberUnknown
from commands.streams.membership.state import Members
from commands.streams.seller.state import Seller
from commands.streams.seller.state import known as known_seller
from eventstore.events.base import Event
from eventstore.events.membership import MemberInvited, MemberJoined, MemberLeft
from eventstore.events.session import SessionEnded


def invite(command: InviteMember, members: Members, seller: Seller) -> list[Event]:
    _may_change(command, members)
    known_seller(seller)
    return [
        MemberInvited(
            seller_id=command.seller_id,
            invitation_id=command.invitation_id,
            contact_id=command.contact_id,
            member=command.member,
        )
    ]


def add(
    command: AddMember,
    members: Members,
    account: Account,
    seller: Seller,
    open_ones: Sequence[str] = (),
) -> list[Event]:
    """Who gets another part acts in it when they sign in again; `open_ones` end, as in `remove`."""
    _may_change(command, members)
    known_seller(seller)
    known_account(account)
    before = members.of(command.account_id)
    if before is None and not command.by.runs_the_marketplace:
        raise MemberUnknown("Invite them: nobody joins who has not accepted.", field="account_id")
    if before == command.member:
        raise IsMember(field="account_id")
    _leaves_an_owner(members, command.account_id, stays=command.member == "owner")
    return [
        MemberJoined(
            seller_id=command.seller_id,
            account_id=command.account_id,
            member=command.member,
            before=before,
        ),
        *_ended(command.account_id, open_ones),
    ]


def remove(command: RemoveMember, members: Members, open_ones: Sequence[str]) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _may_change(command, members)
    before = members.of(command.account_id)
    if before is None:
        raise MemberUnknown(field="account_id")
    _leaves_an_owner(members, command.account_id, stays=False)
    left = MemberLeft(seller_id=command.seller_id, account_id=command.account_id, before=before)
    return [left, *_ended(command.account_id, open_ones)]


def _ended(account_id: str, open_ones: Sequence[str]) -> list[Event]:
    return [
        SessionEnded(session_id=one, account_id=account_id, reason="member_left")
        for one in open_ones
    ]


def _may_change(command: InviteMember | AddMember | RemoveMember, members: Members) -> None:
    """Whoever acts for a seller by a token made by hand is an owner as far as we know."""
    by = command.by
    theirs = by.role == "seller" and by.subject == command.seller_id
    if by.runs_the_marketplace or (theirs and by.account in {"", *members.owners}):
        return
    raise NotYours(field="seller_id")


def _leaves_an_owner(members: Members, account_id: str, *, stays: bool) -> None:
    if not stays and members.owners == {account_id}:
        raise LastOwner(field="account_id")
