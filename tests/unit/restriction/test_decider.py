"""Restrictions: one at a time, of somebody else, with an end or until somebody lifts them."""

from datetime import timedelta
from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import NotAllowed
from commands.streams.account.refusals import AccountUnknown
from commands.streams.listing.messages import CreateListing
from commands.streams.payout.messages import RequestPayout
from commands.streams.restriction.messages import ImposeRestriction, LiftRestriction
from commands.streams.restriction.refusals import (
    IsStaff,
    NotRestricted,
    PeriodIsOver,
    RestrictionIsImposed,
    RestrictsThemselves,
)
from commands.streams.seller.messages import SuspendSeller
from commands.streams.seller.refusals import SellerIsBlocked, SellerUnknown
from commands.streams.session.messages import StartSession
from commands.streams.session.refusals import AccountIsBlocked
from eventstore.events.account import RoleGranted
from eventstore.events.membership import MemberJoined
from eventstore.events.restriction import RestrictionImposed, RestrictionLifted
from eventstore.events.seller import SellerBlocked, SellerUnblocked
from eventstore.events.session import SessionEnded
from eventstore.values import Money
from tests.given import NOW, World, at, given
from tests.unit.account.test_decider import ANNA as HERSELF
from tests.unit.account.test_decider import CLAIMED, REGISTERED, started
from tests.unit.facts import ANNA, SUSPENDED
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, SELLER, SYSTEM

MODERATOR = Actor("moderator", "~mo")
OF_ACCOUNT: dict[str, Any] = {"kind": "account", "target_id": "~anna"}
OF_SELLER: dict[str, Any] = {"kind": "seller", "target_id": "anna"}
WHY: dict[str, Any] = {"reason": "fraud", "text": "~sealed.1.k.A", "evidence": ("o1",)}
BLOCKED = SellerBlocked(seller_id="anna")
UNBLOCKED = SellerUnblocked(seller_id="anna")
DAY = NOW + timedelta(days=1)


def imposed(of: dict[str, Any], number: int = 1, until: Any = None) -> RestrictionImposed:
    return RestrictionImposed(number=number, until=until, **of, **WHY)


def lifted(of: dict[str, Any], number: int = 1, by_time: bool = False, text: str = "t") -> Any:
    return RestrictionLifted(number=number, by_time=by_time, text=text, **of)


def impose(of: dict[str, Any], by: Actor = MODERATOR, **more: Any) -> ImposeRestriction:
    return ImposeRestriction(**(of | WHY | more), **at(by))


def lift(of: dict[str, Any], by: Actor = MODERATOR, **more: Any) -> LiftRestriction:
    return LiftRestriction(**(of | {"text": "t"} | more), **at(by))


def account() -> World:
    return given(REGISTERED, CLAIMED, imposed(OF_ACCOUNT))


def seller() -> World:
    return given(ANNA, imposed(OF_SELLER), BLOCKED)


def test_a_restricted_account_is_signed_out() -> None:
    world = given(REGISTERED, CLAIMED, started("~s1"), started("~s2", "~other"))
    ended = SessionEnded(session_id="~s1", account_id="~anna", reason="blocked")
    command = impose(OF_ACCOUNT, sessions=("~s1", "~s2", "~s3"), until=DAY)
    world.when(command).then(imposed(OF_ACCOUNT, until=DAY), ended)


def test_a_restricted_seller_is_blocked_and_comes_back() -> None:
    given(ANNA).when(impose(OF_SELLER)).then(imposed(OF_SELLER), BLOCKED)
    seller().when(lift(OF_SELLER)).then(lifted(OF_SELLER), UNBLOCKED)


def test_the_next_one_has_the_next_number() -> None:
    world = given(REGISTERED, imposed(OF_ACCOUNT), lifted(OF_ACCOUNT))
    world.when(impose(OF_ACCOUNT)).then(imposed(OF_ACCOUNT, 2))


def test_time_lifts_what_it_was_set_for_and_nothing_else() -> None:
    over = lift(OF_ACCOUNT, SYSTEM, number=1, text="")
    account().when(over).then(lifted(OF_ACCOUNT, by_time=True, text=""))
    again = given(REGISTERED, imposed(OF_ACCOUNT), lifted(OF_ACCOUNT), imposed(OF_ACCOUNT, 2))
    again.when(over).refused(NotRestricted, "target_id")
    again.when(lift(OF_ACCOUNT, number=2)).then(lifted(OF_ACCOUNT, 2, by_time=True))


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            account,
            impose(OF_ACCOUNT | {"target_id": "~nobody"}, BUYER, until=NOW),
            rung(NotAllowed),
            rung(RestrictsThemselves, "target_id", **at(Actor("moderator", "~nobody"))),
            rung(AccountUnknown, "target_id", **at(MODERATOR)),
            rung(RestrictionIsImposed, "target_id", target_id="~anna"),
            rung(PeriodIsOver, "until", world=lambda: given(REGISTERED, CLAIMED)),
        ),
        *ladder(
            seller,
            impose(OF_SELLER | {"target_id": "nobody"}, SELLER, until=NOW),
            rung(NotAllowed),
            rung(RestrictsThemselves, "target_id", **at(Actor("operator", "nobody"))),
            rung(SellerUnknown, "target_id", **at(MODERATOR)),
            rung(RestrictionIsImposed, "target_id", target_id="anna"),
            rung(PeriodIsOver, "until", world=lambda: given(ANNA)),
        ),
        *ladder(
            lambda: given(REGISTERED, CLAIMED),
            lift(OF_ACCOUNT, HERSELF),
            rung(NotAllowed),
            rung(RestrictsThemselves, "target_id", **at(Actor("moderator", "~anna"))),
            rung(NotRestricted, "target_id", **at(MODERATOR)),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def test_staff_is_not_restricted_but_loses_its_roles_first() -> None:
    granted = RoleGranted(
        account_id="~anna", role="superadmin", before=(), roles=("superadmin",), reason="r"
    )
    given(REGISTERED, granted).when(impose(OF_ACCOUNT)).refused(IsStaff, "target_id")


def test_nobody_judges_a_seller_that_they_act_for() -> None:
    joined = MemberJoined(seller_id="anna", account_id="~mo", member="warehouse", before=None)
    given(ANNA, joined).when(impose(OF_SELLER)).refused(RestrictsThemselves, "target_id")
    world = given(ANNA, joined, imposed(OF_SELLER), BLOCKED)
    world.when(lift(OF_SELLER)).refused(RestrictsThemselves, "target_id")
    given(REGISTERED, joined).when(impose(OF_ACCOUNT)).then(imposed(OF_ACCOUNT))


def test_its_text_is_sealed_for_whom_it_is_about() -> None:
    assert impose(OF_ACCOUNT).sealed_for == lift(OF_ACCOUNT).sealed_for == "~anna"


# --- what it means ------------------------------------------------------------------------------


def test_a_restricted_account_starts_no_session() -> None:
    start = StartSession(
        session_id="~s9",
        account_id="~anna",
        credentials=1,
        surface="buyer",
        device_id="~d1",
        method="code",
        address="~sealed.1.k.A",
        **at(HERSELF),
    )
    account().when(start).refused(AccountIsBlocked)
    assert given(REGISTERED, imposed(OF_ACCOUNT), lifted(OF_ACCOUNT)).decide(start)


def test_a_blocked_seller_lists_nothing_and_is_paid_nothing() -> None:
    listing = CreateListing(
        listing_id="l9",
        seller_id="anna",
        title="Pot",
        category="kitchen",
        price=Money(100, "EUR"),
        **at(SELLER),
    )
    payout = RequestPayout(
        payout_id="po1",
        seller_id="anna",
        provider="manual",
        destination="",
        currency="EUR",
        **at(),
    )
    seller().when(listing).refused(SellerIsBlocked, "seller_id")
    seller().when(payout).refused(SellerIsBlocked, "seller_id")
    back = given(ANNA, imposed(OF_SELLER), BLOCKED, lifted(OF_SELLER), UNBLOCKED)
    assert back.decide(listing)


def test_a_blocked_seller_can_be_suspended() -> None:
    seller().when(SuspendSeller(seller_id="anna", reason="fraud", **at())).then(SUSPENDED)
    both = given(ANNA, imposed(OF_SELLER), BLOCKED, SUSPENDED)
    both.when(lift(OF_SELLER)).then(lifted(OF_SELLER), UNBLOCKED)


@pytest.mark.parametrize(
    "history",
    [
        [imposed(OF_ACCOUNT, 2)],
        [imposed(OF_ACCOUNT), imposed(OF_ACCOUNT, 2)],
        [imposed(OF_ACCOUNT), lifted(OF_ACCOUNT), imposed(OF_ACCOUNT)],
        [lifted(OF_ACCOUNT, 0)],
        [imposed(OF_ACCOUNT), lifted(OF_ACCOUNT, 2)],
        [imposed(OF_ACCOUNT), lifted(OF_ACCOUNT), lifted(OF_ACCOUNT)],
    ],
)
def test_a_log_that_counts_wrongly_is_broken(history: list[Any]) -> None:
    with pytest.raises(AssertionError, match="the log is broken"):
        given(REGISTERED, *history)
