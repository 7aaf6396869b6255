"""API keys: issued by who acts for the seller, replaced once, revoked by any of its people."""

from datetime import timedelta
from typing import Any

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.refusals import AccountUnknown
from commands.streams.api_key.messages import IssueApiKey, RevokeApiKey
from commands.streams.api_key.refusals import (
    ApiKeyExists,
    ApiKeyIsReplaced,
    ApiKeyUnknown,
    LifetimeInvalid,
)
from commands.streams.membership.refusals import NoMember
from commands.streams.session.refusals import AccountIsBlocked, SessionIsOver
from eventstore.events.api_key import ApiKeyIssued, ApiKeyReplaced
from eventstore.events.membership import MemberJoined
from eventstore.events.restriction import RestrictionImposed
from eventstore.events.session import SessionEnded, SessionStarted
from tests.given import NOW, at, given

ANNA = Actor("seller", "s1", "~anna")
BORIS = Actor("seller", "s1", "~boris")
OTHER = Actor("seller", "s2", "~olga")
DAY = timedelta(days=1)
UNTIL = NOW + 90 * DAY
JOINED = MemberJoined(seller_id="s1", account_id="~anna", member="owner", before=None)
OTHERS = MemberJoined(seller_id="s2", account_id="~olga", member="owner", before=None)
BLOCKED = RestrictionImposed(
    kind="account", target_id="~anna", number=1, reason="fraud", text="t", evidence=(), until=None
)


def issue(by: Actor = ANNA, **more: Any) -> IssueApiKey:
    wanted: dict[str, Any] = {
        "key_id": "~k1",
        "seller_id": "s1",
        "account_id": "~anna",
        "member": "owner",
        "permissions": ("orders:read",),
        "expires_at": UNTIL,
        "address": "203.0.113.7",
    }
    return IssueApiKey(**(wanted | more), **at(by))


def issued(key_id: str = "~k1", replaces: str | None = None) -> ApiKeyIssued:
    return ApiKeyIssued(
        key_id=key_id,
        seller_id="s1",
        account_id="~anna",
        permissions=("orders:read",),
        expires_at=UNTIL,
        replaces=replaces,
    )


def started(key_id: str = "~k1") -> SessionStarted:
    return SessionStarted(
        session_id=key_id,
        account_id="~anna",
        surface="seller",
        seller_id="s1",
        device_id="",
        method="api_key",
        address="203.0.113.7",
    )


ENDED = SessionEnded(session_id="~k1", account_id="~anna", reason="api_key_revoked")
REPLACED = ApiKeyReplaced(
    key_id="~k1", seller_id="s1", account_id="~anna", replaced_by="~k2", until=NOW + DAY
)


def rotate(by: Actor = ANNA, **more: Any) -> IssueApiKey:
    return issue(by, **({"key_id": "~k2", "replaces": "~k1", "overlap_until": NOW + DAY} | more))


def revoke(by: Actor = ANNA, seller_id: str = "s1") -> RevokeApiKey:
    return RevokeApiKey(key_id="~k1", seller_id=seller_id, **at(by))


def test_a_key_is_a_session_from_its_issue_on() -> None:
    given(JOINED).when(issue()).then(issued(), started())


def test_nobody_issues_one_for_somebody_else() -> None:
    given(JOINED).when(issue(OTHER)).refused(NotYours, "seller_id")
    given(JOINED).when(issue(Actor("operator", "o"))).refused(NotYours, "seller_id")
    given(JOINED).when(issue(BORIS)).refused(AccountUnknown, "account_id")
    given(JOINED).when(issue(Actor("seller", "s1"), account_id="")).refused(
        AccountUnknown, "account_id"
    )
    given().when(issue()).refused(NoMember)
    given(JOINED).when(issue(member="manager")).refused(NoMember)
    given(JOINED, BLOCKED).when(issue()).refused(AccountIsBlocked)
    given(JOINED, issued()).when(issue()).refused(ApiKeyExists, "key_id")


def test_it_is_good_for_a_year_at_most() -> None:
    longest = NOW + 366 * DAY
    for until in (NOW, NOW - DAY, longest + timedelta(microseconds=1)):
        given(JOINED).when(issue(expires_at=until)).refused(LifetimeInvalid, "days")
    said = given(JOINED).when(issue(expires_at=longest))
    said.then(
        ApiKeyIssued(
            key_id="~k1",
            seller_id="s1",
            account_id="~anna",
            permissions=("orders:read",),
            expires_at=longest,
            replaces=None,
        ),
        started(),
    )


def test_another_takes_its_place_once() -> None:
    world = given(JOINED, issued(), started())
    world.when(rotate()).then(issued("~k2", "~k1"), started("~k2"), REPLACED)
    given(JOINED, issued(), started(), REPLACED).when(rotate()).refused(ApiKeyIsReplaced, "key_id")
    given(JOINED, issued(), started(), ENDED).when(rotate()).refused(SessionIsOver, "key_id")
    given(JOINED).when(rotate()).refused(ApiKeyUnknown, "key_id")
    theirs = rotate(OTHER, seller_id="s2", account_id="~olga")
    given(JOINED, OTHERS, issued(), started()).when(theirs).refused(ApiKeyUnknown, "key_id")


def test_any_of_the_seller_s_people_revokes_it() -> None:
    world = given(JOINED, issued(), started())
    world.when(revoke(BORIS)).then(ENDED)
    world = given(JOINED, issued(), started())
    world.when(revoke(OTHER)).refused(NotYours, "seller_id")
    world.when(revoke(OTHER, "s2")).refused(ApiKeyUnknown, "key_id")
    given(JOINED, issued(), started(), ENDED).when(revoke()).refused(SessionIsOver, "session_id")
    given(JOINED).when(revoke()).refused(ApiKeyUnknown, "key_id")
