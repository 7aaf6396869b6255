"""One's own sessions, and accounts as staff sees them."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from eventstore.events.restriction import Kind
from eventstore.identity import ROLES, Permission, permission
from projections.models.accounts import queries as accounts
from projections.models.accounts.queries import AccountView, RestrictionView
from projections.models.sessions import queries as sessions
from projections.models.sessions.queries import SessionView
from read_api.reader import Reader
from read_api.refused import ReadRefused
from read_api.route import Topic, query_route

OWN = Permission("sessions:read:own", frozenset(role for role in ROLES if role != "system"))
READ = permission("accounts:read", "moderator", "operator", "auditor", "superadmin")


@query_route(
    "/v1/sessions",
    tag="accounts",
    permission=OWN,
    answer=[
        {
            "session_id": "~4b1d7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e",
            "surface": "buyer",
            "seller_id": "",
            "method": "password+code",
            "started_at": "2026-05-04T12:00:00Z",
            "ended_at": None,
            "reason": None,
        }
    ],
)
async def get_sessions(reader: NamedDependency[Reader]) -> Response[list[SessionView]]:
    """One's own sessions, the open ones first. End one by `POST /v1/sessions/{id}/end`."""
    account_id = reader.identity.account
    if not account_id:
        detail = "This token was not given by signing in: there is no account to it."
        raise ReadRefused(HTTPStatus.FORBIDDEN, "not-allowed", detail)
    return reader.answer(await reader.ask(sessions.of_account, account_id))


@query_route(
    "/v1/accounts/{account_id:str}",
    tag="staff",
    permission=READ,
    answer={
        "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
        "registered_at": "2026-05-04T12:00:00Z",
        "roles": ["moderator"],
        "factors": 2,
        "restricted": False,
    },
)
async def get_account(
    account_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[AccountView]:
    """An account: what it is of staff, how many factors it has, whether it is restricted."""
    await reader.record()
    return reader.answer(await reader.one("account", accounts.account, account_id))


@query_route(
    "/v1/restrictions/{kind:str}/{target_id:str}",
    tag="restrictions",
    permission=READ,
    answer=[
        {
            "number": 1,
            "reason": "fraud",
            "evidence": ["o1"],
            "until": None,
            "imposed_by": "moderator:mo",
            "imposed_at": "2026-05-04T12:00:00Z",
            "lifted_by": None,
            "lifted_at": None,
        }
    ],
)
async def get_restrictions(
    kind: FromPath[Kind], target_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[list[RestrictionView]]:
    """How an account or a seller was restricted, the newest first."""
    await reader.record()
    return reader.answer(await reader.ask(accounts.restrictions, kind, target_id))


TOPIC = Topic([get_sessions, get_account, get_restrictions])
