"""Who has lost all second factors."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.streams.account.messages import ApproveRecovery, RecoveryAnswer
from eventstore.events.account import account_stream
from eventstore.identity import PUBLIC, Identity, permission
from write_api.accounts.bodies import (
    CODE_SENT,
    AccountBody,
    ChallengeId,
    Code,
    CodeSentAnswer,
    NothingBody,
    code_sent,
)
from write_api.accounts.caller import Visitor, private
from write_api.accounts.contacts import UndoBody
from write_api.accounts.own import own, session_of
from write_api.bodies import EmptyBody
from write_api.caller import Caller
from write_api.route import command_route

CANCEL = own("recoveries:cancel:own")
APPROVE = permission("recoveries:approve", "superadmin")
ACCOUNT_ID = "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10"
RECOVERY_ID = "~1e8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10"
WAITS = {"recovery_id": RECOVERY_ID, "due_at": "2026-05-07T12:00:00Z"}
STOPPED = {"account_id": ACCOUNT_ID}


class FactorDueBody(AccountBody, frozen=True, kw_only=True):
    """`challenge_id` of a sign-in that waits for a factor: its password was shown."""

    challenge_id: ChallengeId


class ShownCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    challenge_id: ChallengeId
    code: Code


class AllCodesBody(AccountBody, frozen=True, kw_only=True):
    challenge_id: ChallengeId
    codes: Annotated[list[ShownCode], Meta(min_length=1, max_length=4)]


class CodesSentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    codes: list[CodeSentAnswer]


class WaitsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """From `due_at` on, `finish` removes the lost factors."""

    recovery_id: str
    due_at: datetime


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    account_id: str


@command_route(
    "/v1/recoveries",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.ACCEPTED,
    request={"challenge_id": CODE_SENT["challenge_id"]},
    answer={"codes": [CODE_SENT]},
)
async def begin_recovery(
    data: JSONBody[FactorDueBody], visitor: NamedDependency[Visitor]
) -> Response[CodesSentAnswer]:
    """Say that all second factors are lost, at a sign-in that asks for one: a code goes to every
    contact of the account.
    """
    asked = await visitor.accounts.recovering.begin(
        data.challenge_id, visitor.origin(data), visitor.now
    )
    return private(CodesSentAnswer(codes=list(map(code_sent, asked))), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/recoveries/confirm",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.ACCEPTED,
    request={
        "challenge_id": CODE_SENT["challenge_id"],
        "codes": [{"challenge_id": RECOVERY_ID, "code": "123456"}],
    },
    answer=WAITS,
)
async def confirm_recovery(
    data: JSONBody[AllCodesBody], visitor: NamedDependency[Visitor]
) -> Response[WaitsAnswer]:
    """Show the codes of all contacts. Then three days pass, in which any contact or session can
    stop it; of staff, two other superadmins must approve it.
    """
    waits = await visitor.accounts.recovering.confirm(
        data.challenge_id,
        {one.challenge_id: one.code for one in data.codes},
        visitor.origin(data),
        visitor.now,
    )
    answer = WaitsAnswer(recovery_id=waits.recovery_id, due_at=waits.due_at)
    return private(answer, HTTPStatus.ACCEPTED)


@command_route(
    "/v1/recoveries/finish",
    tag="accounts",
    permission=PUBLIC,
    request={"challenge_id": CODE_SENT["challenge_id"]},
    answer=STOPPED,
)
async def finish_recovery(
    data: JSONBody[FactorDueBody], visitor: NamedDependency[Visitor]
) -> Response[AccountAnswer]:
    """After the wait, at another sign-in that asks for a factor: the lost ones are removed. Sign in
    again, by the password and a code to a contact.
    """
    account_id = await visitor.accounts.recovering.finish(
        data.challenge_id, visitor.origin(data), visitor.now
    )
    return private(AccountAnswer(account_id=account_id), HTTPStatus.OK)


@command_route(
    "/v1/recoveries/cancel",
    tag="accounts",
    permission=PUBLIC,
    request={"token": f"mut_{RECOVERY_ID}.{'q83vEjRWeJC' * 4}"},
    answer=STOPPED,
)
async def cancel_recovery(
    data: JSONBody[UndoBody], visitor: NamedDependency[Visitor]
) -> Response[AccountAnswer]:
    """Stop it, by the token that every contact was sent."""
    account_id = await visitor.accounts.recovering.cancel(data.token, visitor.now)
    return private(AccountAnswer(account_id=account_id), HTTPStatus.OK)


@command_route("/v1/recoveries/current/cancel", tag="accounts", permission=CANCEL, answer=STOPPED)
async def cancel_own_recovery(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[AccountAnswer]:
    """Stop one's own, from any session."""
    session_of(identity)
    account_id = await visitor.accounts.recovering.cancel_own(identity.account, visitor.now)
    return private(AccountAnswer(account_id=account_id), HTTPStatus.OK)


@command_route(
    "/v1/accounts/{account_id:str}/recoveries/{recovery_id:str}/approve",
    tag="staff",
    permission=APPROVE,
    step_up=True,
    answer={**STOPPED, **WAITS, "approvals": 1},
)
async def approve_recovery(
    account_id: FromPath[str],
    recovery_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
) -> Response[RecoveryAnswer]:
    """Approve that of a colleague (superadmins): two must."""
    command = ApproveRecovery(account_id=account_id, recovery_id=recovery_id, **caller.asks(data))
    return await caller.send(command, account_stream(account_id))


ROUTES = (
    begin_recovery,
    confirm_recovery,
    finish_recovery,
    cancel_recovery,
    cancel_own_recovery,
    approve_recovery,
)
