"""Contacts of one's own: seen, changed with a code from both ends, and had back."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.contacts import Shown
from eventstore.identity import PUBLIC, Identity
from write_api.accounts.bodies import (
    CODE_SENT,
    AccountBody,
    ChallengeId,
    Code,
    CodeSentAnswer,
    ContactBody,
    code_sent,
)
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import own, session_of
from write_api.route import command_route, own_route

READ = own("contacts:read:own")
CHANGE = own("contacts:change:own")
CONTACT_ID = "~5e7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10"
CHALLENGE_ID = "~7a1c2f6e-8f0b-4c0e-9a53-1d6f1a7c0d11"


class BothCodesBody(AccountBody, frozen=True, kw_only=True):
    """`code` came to the new address, `old_code` to the one that it takes the place of, or to
    another that the account has.
    """

    code: Code
    old_challenge_id: ChallengeId
    old_code: Code


class UndoBody(AccountBody, frozen=True, kw_only=True):
    token: Annotated[
        str, Meta(min_length=1, max_length=200, description="As the letter to the old address says")
    ]


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    contact_id: str
    channel: str
    address: str


class BothSentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Two codes: one to the new address, one to the old."""

    new: CodeSentAnswer
    old: CodeSentAnswer


class ContactIdAnswer(msgspec.Struct, frozen=True, kw_only=True):
    contact_id: str


class TakenBackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions have ended and the password is void: set a new one by a letter."""

    account_id: str


@own_route(
    "/v1/me/contacts",
    tag="accounts",
    permission=READ,
    answer=[{"contact_id": CONTACT_ID, "channel": "email", "address": "anna@example.org"}],
)
async def get_contacts(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[list[ContactView]]:
    """Addresses of one's own."""
    session_of(identity)
    found = await visitor.accounts.contacts.all_of(identity.account)
    views = [
        ContactView(contact_id=one.contact_id, channel=one.channel, address=one.address)
        for one in found
    ]
    return private(views, HTTPStatus.OK)


@command_route(
    "/v1/contacts",
    tag="accounts",
    permission=CHANGE,
    status=HTTPStatus.ACCEPTED,
    step_up=True,
    request={"email": "anna@example.com"},
    answer={"new": CODE_SENT, "old": {**CODE_SENT, "challenge_id": CHALLENGE_ID}},
)
async def begin_contact_change(
    data: JSONBody[ContactBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[BothSentAnswer]:
    """Begin to change the address: a code goes to both, the new and the old."""
    session_of(identity)
    asked = await visitor.accounts.contacts.begin(
        identity.account, data.address, visitor.origin(data), visitor.now
    )
    answer = BothSentAnswer(new=code_sent(asked.new), old=code_sent(asked.old))
    return private(answer, HTTPStatus.ACCEPTED)


@command_route(
    "/v1/contacts/{challenge_id:str}/confirm",
    tag="accounts",
    permission=CHANGE,
    step_up=True,
    request={"code": "123456", "old_challenge_id": CHALLENGE_ID, "old_code": "654321"},
    answer={"contact_id": CONTACT_ID},
)
async def confirm_contact_change(
    challenge_id: FromPath[str],
    data: JSONBody[BothCodesBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[ContactIdAnswer]:
    """Show both codes. For 7 days the old address can undo it."""
    session_of(identity)
    shown = Shown(
        challenge_id=challenge_id,
        code=data.code,
        old_challenge_id=data.old_challenge_id,
        old_code=data.old_code,
    )
    contact_id = await visitor.accounts.contacts.confirm(
        identity.account, shown, visitor.origin(data), visitor.now
    )
    return private(ContactIdAnswer(contact_id=contact_id), HTTPStatus.OK)


@command_route(
    "/v1/contacts/undo",
    tag="accounts",
    permission=PUBLIC,
    request={"token": f"mut_{CHALLENGE_ID}.{'q83vEjRWeJC' * 4}"},
    answer={"account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10"},
)
async def undo_contact_change(
    data: JSONBody[UndoBody], visitor: NamedDependency[Visitor]
) -> Response[TakenBackAnswer]:
    """Take an account back from its old address. What was added to it since is removed."""
    account_id = await visitor.accounts.contacts.undo(data.token, visitor.now)
    return private(TakenBackAnswer(account_id=account_id), HTTPStatus.OK)


ROUTES = (get_contacts, begin_contact_change, confirm_contact_change, undo_contact_change)
