"""Who a seller is: said by them, confirmed by the state's registers."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.verifying import Seen
from commands.records.requisites.queries import Details
from commands.refusals import NotYours
from eventstore.events.seller_verification import SellerKind
from eventstore.identity import Identity, Member, permission
from write_api.accounts.bodies import AccountBody, NothingBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import session_of
from write_api.bodies import Text
from write_api.caller import actor_of, kept_session
from write_api.route import Topic, command_route, own_route

PEOPLE: tuple[Member, ...] = ("owner", "accountant")
SAY = permission("verification:submit", "seller", "operator", members=PEOPLE)
READ = permission("verification:read", "seller", members=PEOPLE)
CHECK = permission("verification:check", "operator")
DETAILS = {
    "kind": "company",
    "name": "Pottery Ltd",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "kpp": "773601001",
    "bik": "044525225",
    "bank_account": "40702810938000000001",
}
ASKED = {"seller_id": "anna", "check_id": "~2c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10"}

type Digits = Annotated[str, Meta(pattern=r"^[0-9]{8,20}\Z")]


class DetailsBody(AccountBody, frozen=True, kw_only=True):
    """Of a company: INN of 10, OGRN and KPP; of a sole trader: INN of 12 and OGRNIP; of somebody
    self-employed: INN of 12.
    """

    kind: SellerKind
    name: Text
    inn: Digits
    ogrn: Digits | None = None
    kpp: Annotated[str, Meta(pattern=r"^[0-9A-Z]{9}\Z")] | None = None
    bik: Digits
    bank_account: Digits


class CheckAskedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The register is asked; it may take days to answer."""

    seller_id: str
    check_id: str


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is what the register said last, "" for nothing yet; of numbers, how they end."""

    kind: str
    name: str
    inn: str
    bank_account: str
    asking: bool
    found: str


def _view(seen: Seen) -> VerificationView:
    details = seen.details
    return VerificationView(
        kind=details.kind,
        name=details.name,
        inn=f"…{details.inn[-4:]}",
        bank_account=f"…{details.bank_account[-4:]}",
        asking=seen.asking,
        found=seen.found,
    )


@own_route(
    "/v1/me/verification",
    tag="sellers",
    permission=READ,
    answer={
        "kind": "company",
        "name": "Pottery Ltd",
        "inn": "…3893",
        "bank_account": "…0001",
        "asking": False,
        "found": "active",
    },
)
async def get_verification(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[VerificationView]:
    """What the seller that the session acts for has said, and what became of it."""
    session_of(identity)
    seen = await visitor.accounts.verifying.seen(identity.subject)
    return private(_view(seen), HTTPStatus.OK)


@command_route(
    "/v1/sellers/{seller_id:str}/verification",
    tag="sellers",
    permission=SAY,
    status=HTTPStatus.ACCEPTED,
    step_up=True,
    request=DETAILS,
    answer=ASKED,
)
async def submit_details(
    seller_id: FromPath[str],
    data: JSONBody[DetailsBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[CheckAskedAnswer]:
    """Say who the seller is; numbers that cannot be are refused at once, by their field. Who says
    something else than before is verified no more until that is confirmed.
    """
    if identity.role == "seller" and identity.subject != seller_id:
        raise NotYours(field="seller_id")
    details = Details(
        details_id="",
        seller_id=seller_id,
        kind=data.kind,
        name=data.name,
        inn=data.inn,
        ogrn=data.ogrn or "",
        kpp=data.kpp or "",
        bik=data.bik,
        bank_account=data.bank_account,
    )
    check_id = await visitor.accounts.verifying.submit(
        details, visitor.now, by=actor_of(identity), session=kept_session(identity)
    )
    return private(CheckAskedAnswer(seller_id=seller_id, check_id=check_id), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/sellers/{seller_id:str}/verification/check",
    tag="sellers",
    permission=CHECK,
    status=HTTPStatus.ACCEPTED,
    answer=ASKED,
)
async def check_seller(
    seller_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[CheckAskedAnswer]:
    """Ask the register again (operators)."""
    check_id = await visitor.accounts.verifying.check(
        seller_id, visitor.now, by=actor_of(identity), session=kept_session(identity)
    )
    return private(CheckAskedAnswer(seller_id=seller_id, check_id=check_id), HTTPStatus.ACCEPTED)


TOPIC = Topic([get_verification, submit_details, check_seller])
