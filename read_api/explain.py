"""Why a number is what it is: the events behind it, whose amounts sum to it."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from eventstore import reader as log
from eventstore.events.payout import PayoutRequested
from eventstore.identity import permission
from eventstore.unreadable import decode_or_mark
from projections.history import explain, money
from projections.history.explain import Contribution, NotExplained
from projections.history.money import Amounts
from projections.models.sales import queries as sales
from projections.models.sales.queries import CELL_FIELDS, SalesBy, SalesFilter
from projections.query import Connection
from read_api.examples import AT, ORDER_ID
from read_api.reader import Reader, not_found
from read_api.refused import ReadRefused
from read_api.route import Topic, query_route

READ = permission("explanations:read", "auditor", "operator")
LIMIT = 500

Text = Annotated[str, QueryParameter(max_length=400)]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """`value` = `carried` + the amounts of all `total` events; a page of them is given.

    For a payout `carried` is what was due before and not paid then, less what was left due after.
    """

    read_model: str
    id: str
    field: str
    value: int
    carried: int
    total: int
    events: list[Contribution]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which number; what it takes beyond read model and field depends on the model."""

    id: str
    currency: str
    group_by: SalesBy
    seller_id: str
    category: str
    status: str


async def number_asked(
    id: Annotated[str, QueryParameter(min_length=1, max_length=400)],  # noqa: A002
    currency: Annotated[str, QueryParameter(max_length=3)] = "",
    group_by: FromQuery[SalesBy] = "month",
    seller_id: Text = "",
    category: Text = "",
    status: Text = "",
) -> Asked:
    return Asked(
        id=id,
        currency=currency,
        group_by=group_by,
        seller_id=seller_id,
        category=category,
        status=status,
    )


EXAMPLE = {
    "read_model": "sellers",
    "id": "anna",
    "field": "earned_minor",
    "value": 8800,
    "carried": 0,
    "total": 1,
    "events": [
        {
            "position": 24,
            "stream": "seller_account-anna",
            "event": "seller_account.earnings_credited.v1",
            "amount": 8800,
            "occurred_at": AT,
            "recorded_at": AT,
            "actor": "system",
            "command_id": "release-anna",
            "correlation_id": f"order-{ORDER_ID}",
            "chain": [
                {
                    "position": 19,
                    "event": "order.shipment_delivered.v1",
                    "command_id": "operator:me/k8",
                    "actor": "operator:me",
                }
            ],
            "origin": "operator:me/k8",
            "provider_reference": "ch_1a2b3c",
        }
    ],
}


@query_route(
    "/v1/explain/{read_model:str}/{field:str}",
    tag="audit",
    permission=READ,
    dependencies={"asked": Provide(number_asked)},
    answer=EXAMPLE,
)
async def get_explanation(
    read_model: FromPath[str],
    field: FromPath[str],
    reader: NamedDependency[Reader],
    asked: NamedDependency[Asked],
    offset: Annotated[int, QueryParameter(ge=0, le=10**9)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT)] = LIMIT,
) -> Response[Explanation]:
    """The events behind a number of a read model, each with command, actor, chain and reference.

    `id` is a row's: an order, seller, payment, refund, payout, listing; ORDER/SELLER for escrow;
    an account for `ledger` (with `currency`); a key of the sales report for `sales` (with
    `group_by`, `currency` and the report's filters).
    """
    await reader.record()
    try:
        found, carried = await _behind(reader, read_model, field, asked)
    except NotExplained as error:
        raise ReadRefused(
            HTTPStatus.NOT_FOUND, "not-explained", str(error), field="field"
        ) from error
    events = await reader.ask(explain.contributions, found[offset : offset + limit])
    return reader.answer(
        Explanation(
            read_model=read_model,
            id=asked.id,
            field=field,
            value=carried + sum(amount for _, amount in found),
            carried=carried,
            total=len(found),
            events=events,
        )
    )


async def _behind(reader: Reader, read_model: str, field: str, asked: Asked) -> tuple[Amounts, int]:
    match read_model:
        case "sales":
            return await _cell(reader, field, asked), 0
        case "ledger":
            return await _account(reader, asked.id, field, asked.currency), 0
        case "payouts":
            return await _payout(reader, asked.id, field)
        case _:
            return await _row(reader, read_model, asked.id, field), 0


async def _row(reader: Reader, read_model: str, identity: str, field: str) -> Amounts:
    row = explain.row_of(read_model, identity, field)
    events = await reader.ask(explain.events_of, row)
    if not events:
        raise not_found(read_model.removesuffix("s"))
    return list(explain.amounts(row, field, events))


async def _account(reader: Reader, account: str, field: str, currency: str) -> Amounts:
    if field != "balance_minor":
        raise NotExplained(f"{field!r} is not balance_minor")
    if not currency:
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "is needed for an account", field="currency"
        )
    found = await reader.ask(money.of_account, account, currency)
    if not found:
        raise not_found("account")
    return found


async def _payout(reader: Reader, payout_id: str, field: str) -> tuple[Amounts, int]:
    if field != "amount_minor":
        raise NotExplained(f"{field!r} is not amount_minor")
    await reader.fresh(money.of_payout)
    async with reader.connection() as connection:
        payout = await _requested(connection, payout_id)
        if payout is None:
            raise not_found("payout")
        behind = await money.of_payout(connection, payout)
        if behind is None:
            await reader.is_behind(money.of_payout, after=await log.head(connection))
            raise not_found("payout")
    found, before = behind
    due = before + sum(amount for _, amount in found)
    return found, before - (due - payout.amount.amount_minor)


async def _requested(connection: Connection, payout_id: str) -> PayoutRequested | None:
    for row in await log.stream_rows(connection, f"payout-{payout_id}"):
        event = decode_or_mark(row).event
        if isinstance(event, PayoutRequested):
            return event
    return None


async def _cell(reader: Reader, field: str, asked: Asked) -> Amounts:
    if field not in CELL_FIELDS:
        raise NotExplained(f"{field!r} is none of {', '.join(CELL_FIELDS)}")
    if not asked.currency and field != "units":
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "is needed for amounts", field="currency"
        )
    wanted = SalesFilter(
        seller=asked.seller_id,
        category=asked.category,
        status=asked.status,
        currency=asked.currency,
    )
    parts = await reader.ask(sales.sales_cell, asked.group_by, asked.id, field, wanted)
    if not parts:
        raise not_found("cell")
    return await reader.ask(money.of_positions, [(part.position, part.amount) for part in parts])


TOPIC = Topic([get_explanation])
