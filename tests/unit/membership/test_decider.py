"""Who acts for a seller: owners decide, and one of them stays."""

from typing import Any

import msgspec
import pytest

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.refusals import AccountUnknown
from commands.streams.membership.messages import AddMember, InviteMember, RemoveMember
from commands.streams.membership.refusals import IsMember, LastOwner, MemberUnknown, NoMember
from commands.streams.seller.refusals import SellerUnknown
from commands.streams.session.messages import StartSession
from eventstore.events.account import AccountRegistered
from eventstore.events.membership import MemberInvited, MemberJoined, MemberLeft
from eventstore.events.session import SessionEnded
from tests.given import OPERATOR, World, at, given
from tests.unit.account.test_decider import started
from tests.unit.facts import ANNA
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, SELLER, SYSTEM

OLGA = Actor("seller", "anna", "~olga")
WANDA = Actor("seller", "anna", "~wanda")
FOREIGN = Actor("seller", "ben", "~olga")


def person(account_id: str) -> AccountRegistered:
    return AccountRegistered(account_id=account_id, contact_id="~c", channel="email")


def joined(account_id: str, member: Any, before: Any = None) -> MemberJoined:
    return MemberJoined(seller_id="anna", account_id=account_id, member=member, before=before)


def left(account_id: str, before: Any) -> MemberLeft:
    return MemberLeft(seller_id="anna", account_id=account_id, before=before)


def add(account_id: str, member: Any, by: Actor = OLGA, seller_id: str = "anna") -> AddMember:
    return AddMember(seller_id=seller_id, account_id=account_id, member=member, **at(by))


def invite(by: Actor = OLGA) -> InviteMember:
    return InviteMember(
        seller_id="anna", invitation_id="~i1", contact_id="~c1", member="accountant", **at(by)
    )


def remove(account_id: str, *sessions: str, by: Actor = OLGA) -> RemoveMember:
    return RemoveMember(seller_id="anna", account_id=account_id, sessions=sessions, **at(by))


def shop() -> World:
    """Olga owns it, Wanda is in the warehouse."""
    return given(
        ANNA,
        person("~olga"),
        person("~wanda"),
        person("~max"),
        joined("~olga", "owner"),
        joined("~wanda", "warehouse"),
    )


@pytest.mark.parametrize("by", [OLGA, OPERATOR, SYSTEM, SELLER])
def test_somebody_is_invited(by: Actor) -> None:
    invited = MemberInvited(
        seller_id="anna", invitation_id="~i1", contact_id="~c1", member="accountant"
    )
    shop().when(invite(by)).then(invited)


def test_an_invitation_changes_nothing_yet() -> None:
    world = shop()
    world.decide(invite())
    world.when(add("~wanda", "manager")).then(joined("~wanda", "manager", "warehouse"))


@pytest.mark.parametrize("by", [OPERATOR, SYSTEM])
def test_somebody_joins(by: Actor) -> None:
    shop().when(add("~max", "accountant", by)).then(joined("~max", "accountant"))


@pytest.mark.parametrize("by", [OLGA, SELLER])
def test_nobody_is_made_to_join(by: Actor) -> None:
    says = "Invite them: nobody joins who has not accepted."
    shop().when(add("~max", "accountant", by)).refused(MemberUnknown, "account_id", says)


@pytest.mark.parametrize("by", [OLGA, OPERATOR, SYSTEM, SELLER])
def test_somebody_takes_another_part(by: Actor) -> None:
    shop().when(add("~wanda", "manager", by)).then(joined("~wanda", "manager", "warehouse"))


def test_somebody_leaves_with_their_sessions() -> None:
    ended = SessionEnded(session_id="~s1", account_id="~wanda", reason="member_left")
    world = shop()
    world.append(started("~s1", "~wanda"))
    world.append(started("~s2", "~other"))
    world.when(remove("~wanda", "~s1", "~s2", "~s3")).then(left("~wanda", "warehouse"), ended)


def test_who_has_left_may_come_back_and_the_others_are_still_there() -> None:
    world = shop()
    world.append(left("~wanda", "warehouse"))
    world.when(add("~wanda", "manager", OPERATOR)).then(joined("~wanda", "manager"))
    world.when(remove("~wanda")).refused(MemberUnknown, "account_id")


def test_an_owner_may_go_when_there_is_another() -> None:
    shop().when(add("~olga", "manager")).refused(LastOwner, "account_id")
    shop().when(remove("~olga")).refused(LastOwner, "account_id")
    world = shop()
    world.append(joined("~max", "owner"))
    world.when(remove("~olga")).then(left("~olga", "owner"))
    world.when(add("~olga", "manager")).then(joined("~olga", "manager", "owner"))


@pytest.mark.parametrize("by", [WANDA, FOREIGN, BUYER, Actor("seller", "anna", "~max")])
def test_nobody_else_changes_who_acts_for_a_seller(by: Actor) -> None:
    shop().when(add("~max", "manager", by)).refused(NotYours, "seller_id")
    shop().when(remove("~wanda", by=by)).refused(NotYours, "seller_id")
    shop().when(invite(by)).refused(NotYours, "seller_id")


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            shop,
            add("~nobody", "owner", BUYER, "nobody"),
            rung(NotYours, "seller_id"),
            rung(SellerUnknown, "seller_id", **at(OPERATOR)),
            rung(AccountUnknown, "account_id", seller_id="anna"),
            rung(IsMember, "account_id", account_id="~olga"),
            rung(LastOwner, "account_id", member="manager"),
        ),
        *ladder(
            shop,
            msgspec.structs.replace(invite(BUYER), seller_id="nobody"),
            rung(NotYours, "seller_id"),
            rung(SellerUnknown, "seller_id", **at(OPERATOR)),
        ),
        *ladder(
            shop,
            remove("~max", by=BUYER),
            rung(NotYours, "seller_id"),
            rung(MemberUnknown, "account_id", **at(OLGA)),
            rung(LastOwner, "account_id", account_id="~olga"),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def session(seller_id: str = "anna", account_id: str = "~wanda") -> StartSession:
    return StartSession(
        session_id="~s9",
        account_id=account_id,
        credentials=1,
        surface="seller",
        seller_id=seller_id,
        device_id="~d1",
        method="password+device",
        address="~sealed.1.k.A",
        **at(Actor("buyer", account_id)),
    )


def test_a_session_for_a_seller_is_for_who_acts_for_it() -> None:
    assert shop().decide(session())
    shop().when(session(account_id="~max")).refused(NoMember)
    shop().when(session("ben")).refused(NoMember)
    shop().when(session("")).refused(NoMember)


@pytest.mark.parametrize(
    "event",
    [
        joined("~max", "owner", "manager"),
        joined("~wanda", "manager"),
        left("~max", "owner"),
        left("~wanda", "owner"),
    ],
)
def test_a_log_that_says_otherwise_is_broken(event: Any) -> None:
    world = shop()
    with pytest.raises(AssertionError, match="the log is broken"):
        world.append(event)
