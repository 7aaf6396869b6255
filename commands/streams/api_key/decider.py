"""API keys: issued by who acts for the seller, never for more than a year, replaced once."""

from datetime import timedelta

from commands.refusals import NotYours
from commands.streams.account.refusals import AccountUnknown
from commands.streams.api_key.messages import IssueApiKey, RevokeApiKey
from commands.streams.api_key.refusals import (
    ApiKeyExists,
    ApiKeyIsReplaced,
    ApiKeyUnknown,
    LifetimeInvalid,
)
from commands.streams.api_key.state import ApiKey, Issued
from commands.streams.membership.refusals import NoMember
from commands.streams.membership.state import Members
from commands.streams.restriction.state import Restriction
from commands.streams.session.refusals import AccountIsBlocked, SessionIsOver
from commands.streams.session.state import Session, open_one
from eventstore.events.api_key import ApiKeyIssued, ApiKeyReplaced
from eventstore.events.base import Event
from eventstore.events.session import SessionEnded, SessionStarted

LONGEST = timedelta(days=366)


def issue(
    command: IssueApiKey,
    key: ApiKey,
    members: Members,
    restriction: Restriction,
    replaced: ApiKey | None,
    *,
    good: bool,
) -> list[Event]:
    """`replaced` is the key that this one takes the place of, and whether that is `good` still."""
    _of_the_seller(command)
    if command.by.account != command.account_id or not command.account_id:
        raise AccountUnknown(field="account_id")
    if members.of(command.account_id) != command.member:
        raise NoMember
    if restriction.imposed:
        raise AccountIsBlocked
    if isinstance(key, Issued):
        raise ApiKeyExists(field="key_id")
    if not command.now < command.expires_at <= command.now + LONGEST:
        raise LifetimeInvalid(field="days")
    issued = ApiKeyIssued(
        key_id=command.key_id,
        seller_id=command.seller_id,
        account_id=command.account_id,
        permissions=command.permissions,
        expires_at=command.expires_at,
        replaces=command.replaces or None,
    )
    started = SessionStarted(
        session_id=command.key_id,
        account_id=command.account_id,
        surface="seller",
        seller_id=command.seller_id,
        device_id="",
        method="api_key",
        address=command.address,
    )
    return [issued, started, *_replaced(command, replaced, good=good)]


def revoke(command: RevokeApiKey, key: ApiKey, session: Session) -> list[Event]:
    _of_the_seller(command)
    if not isinstance(key, Issued) or key.seller_id != command.seller_id:
        raise ApiKeyUnknown(field="key_id")
    open_one(session, key.account_id)
    return [
        SessionEnded(session_id=command.key_id, account_id=key.account_id, reason="api_key_revoked")
    ]


def _of_the_seller(command: IssueApiKey | RevokeApiKey) -> None:
    if command.by.role != "seller" or command.by.subject != command.seller_id:
        raise NotYours(field="seller_id")


def _replaced(command: IssueApiKey, replaced: ApiKey | None, *, good: bool) -> list[Event]:
    if replaced is None or command.overlap_until is None:
        return []
    if not isinstance(replaced, Issued) or replaced.seller_id != command.seller_id:
        raise ApiKeyUnknown(field="key_id")
    if replaced.replaced:
        raise ApiKeyIsReplaced(field="key_id")
    if not good:
        raise SessionIsOver(field="key_id")
    return [
        ApiKeyReplaced(
            key_id=command.replaces,
            seller_id=command.seller_id,
            account_id=replaced.account_id,
            replaced_by=command.key_id,
            until=command.overlap_until,
        )
    ]
