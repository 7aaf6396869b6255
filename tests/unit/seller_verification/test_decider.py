"""Verification: said by the seller, confirmed by a register, void when either changes."""

from typing import Any

import msgspec

from commands.command import Actor
from commands.refusals import NotAllowed, NotYours
from commands.streams.seller.refusals import SellerNotVerified, SellerUnknown
from commands.streams.seller_verification.messages import (
    RecordSellerCheck,
    RequestSellerCheck,
    SubmitSellerDetails,
)
from commands.streams.seller_verification.refusals import (
    CheckUnderWay,
    CheckUnknown,
    DetailsUnknown,
)
from eventstore.events.seller import SellerRegistered, SellerUnverified, SellerVerified
from eventstore.events.seller_verification import (
    SellerChecked,
    SellerCheckRequested,
    SellerDetailsSubmitted,
)
from tests.given import OPERATOR, at, given

SELLER = Actor("seller", "s1", "~anna")
US = Actor("system", "dadata")
REGISTERED = SellerRegistered(
    seller_id="s1",
    name="Shop",
    currency="EUR",
    commission_rate_bps=None,
    payout_destination="",
    payout_provider="",
)
VERIFIED = SellerVerified(seller_id="s1")


def submitted(number: int = 1) -> SellerDetailsSubmitted:
    return SellerDetailsSubmitted(
        seller_id="s1",
        details_id=f"~d{number}",
        check_id=f"~k{number}",
        kind="company",
        provider="dadata",
    )


def checked(number: int = 1, found: Any = "active", reason: str = "") -> SellerChecked:
    return SellerChecked(
        seller_id="s1",
        details_id="~d1",
        check_id=f"~k{number}",
        found=found,
        reason=reason,
        evidence="ab12",
    )


REQUESTED = SellerCheckRequested(
    seller_id="s1", details_id="~d1", check_id="~k2", kind="company", provider="dadata"
)
CONFIRMED = (REGISTERED, submitted(), checked(), VERIFIED)


def submit(by: Actor = SELLER, number: int = 1) -> SubmitSellerDetails:
    said = submitted(number)
    return SubmitSellerDetails(**msgspec.structs.asdict(said), **at(by))


def request(by: Actor = OPERATOR, check_id: str = "~k2") -> RequestSellerCheck:
    return RequestSellerCheck(seller_id="s1", check_id=check_id, **at(by))


def record(
    number: int = 1, found: Any = "active", reason: str = "", by: Actor = US
) -> RecordSellerCheck:
    return RecordSellerCheck(
        seller_id="s1",
        check_id=f"~k{number}",
        found=found,
        reason=reason,
        evidence="ab12",
        **at(by),
    )


def test_a_seller_says_who_they_are_and_the_register_confirms_it() -> None:
    given(REGISTERED).when(submit()).then(submitted())
    given(REGISTERED).when(submit(OPERATOR)).then(submitted())
    given(REGISTERED, submitted()).when(record()).then(checked(), VERIFIED)


def test_what_it_does_not_confirm_is_not_verified() -> None:
    for found, reason in (
        ("not_active", "liquidated"),
        ("not_found", "not-found"),
        ("other", "other:ogrn"),
    ):
        given(REGISTERED, submitted()).when(record(found=found, reason=reason)).then(
            checked(found=found, reason=reason)
        )


def test_nobody_says_it_of_another() -> None:
    for by in (Actor("seller", "s2"), Actor("buyer", "s1"), Actor("moderator", "~m")):
        given(REGISTERED).when(submit(by)).refused(NotYours, "seller_id")
    given().when(submit()).refused(SellerUnknown, "seller_id")
    given(REGISTERED, submitted()).when(record(by=OPERATOR)).refused(NotAllowed)
    given(*CONFIRMED).when(request(SELLER)).refused(NotAllowed)


def test_one_question_at_a_time_and_the_first_answer_counts() -> None:
    given(REGISTERED, submitted()).when(submit(number=2)).refused(CheckUnderWay)
    given(REGISTERED, submitted()).when(request()).refused(CheckUnderWay)
    given(*CONFIRMED).when(record()).refused(CheckUnknown, "check_id")
    given(REGISTERED, submitted()).when(record(2)).refused(CheckUnknown, "check_id")
    given(REGISTERED).when(record()).refused(CheckUnknown, "check_id")
    given(REGISTERED).when(request()).refused(DetailsUnknown, "seller_id")


def test_what_was_true_once_may_have_ended() -> None:
    given(*CONFIRMED).when(request()).then(REQUESTED)
    given(*CONFIRMED).when(request(Actor("system", "recheck-sellers"))).then(REQUESTED)
    again = (*CONFIRMED, REQUESTED)
    given(*again).when(record(2)).then(checked(2))
    ended = SellerUnverified(seller_id="s1", reason="liquidated")
    said = given(*again).when(record(2, "not_active", "liquidated"))
    said.then(checked(2, "not_active", "liquidated"), ended)


def test_who_says_something_else_is_verified_no_more() -> None:
    ended = SellerUnverified(seller_id="s1", reason="details-changed")
    given(*CONFIRMED).when(submit(number=2)).then(submitted(2), ended)
    assert SellerNotVerified.code == "seller-not-verified"
