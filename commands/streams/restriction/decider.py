"""Restrictions: imposed and lifted by staff, and over by themselves when their time is."""

from collections.abc import Sequence

from commands.refusals import NotAllowed
from commands.streams.account.state import Account
from commands.streams.account.state import known as known_account
from commands.streams.membership.state import Members
from commands.streams.restriction.messages import ImposeRestriction, LiftRestriction
from commands.streams.restriction.refusals import (
    IsStaff,
    NotRestricted,
    PeriodIsOver,
    RestrictionIsImposed,
    RestrictsThemselves,
)
from commands.streams.restriction.state import Restriction
from commands.streams.seller.state import Seller
from commands.streams.seller.state import known as known_seller
from eventstore.events.base import Event
from eventstore.events.restriction import RestrictionImposed, RestrictionLifted
from eventstore.events.seller import SellerBlocked, SellerUnblocked
from eventstore.events.session import SessionEnded

BY = frozenset({"moderator", "operator", "system"})


def impose_on_account(
    command: ImposeRestriction,
    restriction: Restriction,
    account: Account,
    open_ones: Sequence[str],
) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _staff(command)
    if known_account(account, "target_id").roles:
        raise IsStaff(field="target_id")
    ended = [
        SessionEnded(session_id=one, account_id=command.target_id, reason="blocked")
        for one in open_ones
    ]
    return [_imposed(command, restriction), *ended]


def impose_on_seller(
    command: ImposeRestriction, restriction: Restriction, seller: Seller, members: Members
) -> list[Event]:
    """What stands open goes on: escrow stays, orders are delivered or refunded. Nothing new is
    sold, and nothing is paid out.
    """
    _staff(command)
    _no_member(command, members)
    known_seller(seller, "target_id")
    return [_imposed(command, restriction), SellerBlocked(seller_id=command.target_id)]


def lift(command: LiftRestriction, restriction: Restriction, members: Members) -> list[Event]:
    """`members` are the seller's people, nobody for an account."""
    _staff(command)
    _no_member(command, members)
    by_time = command.number is not None
    if not restriction.imposed or (by_time and command.number != restriction.number):
        raise NotRestricted(field="target_id")
    lifted = RestrictionLifted(
        kind=command.kind,
        target_id=command.target_id,
        number=restriction.number,
        by_time=by_time,
        text=command.text,
    )
    if command.kind == "seller":
        return [lifted, SellerUnblocked(seller_id=command.target_id)]
    return [lifted]


def _imposed(command: ImposeRestriction, restriction: Restriction) -> RestrictionImposed:
    if restriction.imposed:
        raise RestrictionIsImposed(field="target_id")
    if command.until is not None and command.until <= command.now:
        raise PeriodIsOver(field="until")
    return RestrictionImposed(
        kind=command.kind,
        target_id=command.target_id,
        number=restriction.number + 1,
        reason=command.reason,
        text=command.text,
        evidence=command.evidence,
        until=command.until,
    )


def _no_member(command: ImposeRestriction | LiftRestriction, members: Members) -> None:
    if members.of(command.by.subject) is not None:
        raise RestrictsThemselves(field="target_id")


def _staff(command: ImposeRestriction | LiftRestriction) -> None:
    if command.by.role not in BY:
        raise NotAllowed
    if command.by.subject == command.target_id:
        raise RestrictsThemselves(field="target_id")
