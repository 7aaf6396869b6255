"""Sessions: started by who has shown enough, ended once."""

from commands.refusals import NotYours
from commands.streams.account.refusals import NoStaff
from commands.streams.account.state import Account, shown
from commands.streams.identity.state import Identity, is_of
from commands.streams.membership.refusals import NoMember
from commands.streams.membership.state import Members
from commands.streams.restriction.state import Restriction
from commands.streams.session.messages import EndSession, StartSession
from commands.streams.session.refusals import AccountIsBlocked, IdentityIsLoose, SessionExists
from commands.streams.session.state import Session, Started, open_one
from eventstore.events.base import Event
from eventstore.events.session import SessionEnded, SessionStarted

# What staff must have shown: a letter, or a device that is known, is not enough.
BY_FACTOR = ("password+totp", "password+recovery_code", "passkey")


def start(
    command: StartSession,
    session: Session,
    account: Account,
    restriction: Restriction,
    members: Members,
    identity: Identity | None,
) -> list[Event]:
    """`identity` is that of the command, if it names one."""
    _their_own(command)
    registered = shown(account, command.credentials)
    if restriction.imposed:
        raise AccountIsBlocked
    if command.surface == "staff" and (not registered.roles or command.method not in BY_FACTOR):
        raise NoStaff
    if command.surface == "seller" and members.of(command.account_id) is None:
        raise NoMember
    if identity is not None and not is_of(identity, command.account_id):
        raise IdentityIsLoose
    if isinstance(session, Started):
        raise SessionExists(field="session_id")
    return [
        SessionStarted(
            session_id=command.session_id,
            account_id=command.account_id,
            surface=command.surface,
            seller_id=command.seller_id,
            device_id=command.device_id,
            method=command.method,
            address=command.address,
        )
    ]


def end(command: EndSession, session: Session) -> list[Event]:
    _their_own(command)
    open_one(session, command.account_id)
    return [
        SessionEnded(
            session_id=command.session_id, account_id=command.account_id, reason=command.reason
        )
    ]


def _their_own(command: StartSession | EndSession) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
