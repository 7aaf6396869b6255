"""Whose an address is and what an account is, as the log says now: no copy could be behind."""

from commands.records.record import Connection
from commands.streams.account.state import ACCOUNT, Account, Registered
from commands.streams.contact.state import CONTACT, INITIAL, Claimed, Contact
from commands.streams.identity.state import IDENTITY, Identity, Linked
from commands.streams.membership.state import MEMBERSHIP, Members
from commands.streams.restriction.state import RESTRICTION, Restriction
from commands.streams.seller_verification.state import VERIFICATION, Verification
from eventstore.events.account import account_stream
from eventstore.events.contact import contact_stream
from eventstore.events.identity import identity_stream
from eventstore.events.membership import membership_stream
from eventstore.events.restriction import restriction_stream
from eventstore.events.seller_verification import seller_verification_stream
from eventstore.identity import StaffRole, included
from eventstore.reader import stream_rows


async def contact_of(connection: Connection, contact: str) -> Contact:
    """Of an address by its keyed hash."""
    state: Contact = INITIAL
    for row in await stream_rows(connection, contact_stream(contact)):
        state = CONTACT.evolve(state, row.decode().event)
    return state


async def owner_of(connection: Connection, contact: str) -> Claimed | None:
    """None if nobody has confirmed it."""
    state = await contact_of(connection, contact)
    return state if isinstance(state, Claimed) else None


async def owner_of_identity(connection: Connection, identity: str) -> Linked | None:
    """By its keyed hash; None if nobody has linked it."""
    state: Identity = IDENTITY.initial
    for row in await stream_rows(connection, identity_stream(identity)):
        state = IDENTITY.evolve(state, row.decode().event)
    return state if isinstance(state, Linked) else None


async def members_of(connection: Connection, seller_id: str) -> Members:
    state: Members = MEMBERSHIP.initial
    for row in await stream_rows(connection, membership_stream(seller_id)):
        state = MEMBERSHIP.evolve(state, row.decode().event)
    return state


async def verification_of(connection: Connection, seller_id: str) -> Verification:
    state: Verification = VERIFICATION.initial
    for row in await stream_rows(connection, seller_verification_stream(seller_id)):
        state = VERIFICATION.evolve(state, row.decode().event)
    return state


async def is_blocked(connection: Connection, account_id: str) -> bool:
    state: Restriction = RESTRICTION.initial
    for row in await stream_rows(connection, restriction_stream("account", account_id)):
        state = RESTRICTION.evolve(state, row.decode().event)
    return state.imposed


async def account_of(connection: Connection, account_id: str) -> Account:
    state: Account = ACCOUNT.initial
    for row in await stream_rows(connection, account_stream(account_id)):
        state = ACCOUNT.evolve(state, row.decode().event)
    return state


async def staff_roles(connection: Connection, account_id: str) -> tuple[StaffRole, ...]:
    """What the account is of staff, with what that includes."""
    account = await account_of(connection, account_id)
    return included(account.roles) if isinstance(account, Registered) else ()
