"""Reports for analysts: sales, refunds, sellers, categories and the funnel, as JSON or CSV."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from eventstore.identity import permission
from projections.models.sales import queries as reports
from projections.models.sales.queries import (
    FunnelBy,
    FunnelRow,
    RefundsBy,
    RefundsRow,
    SalesBy,
    SalesFilter,
    SalesRow,
)
from read_api.csv_answer import MEDIA_TYPE, csv_of
from read_api.past import must_have_zone
from read_api.reader import Reader
from read_api.refused import ReadRefused
from read_api.route import Topic, query_route

READ = permission(
    *("analytics:read", "analyst", "operator", "auditor", "seller"),
    members=("owner", "manager", "accountant"),
)
RANKED_MAX = 1000

type Format = Literal["json", "csv"]
Id = Annotated[str, QueryParameter(max_length=64)]
Category = Annotated[str, QueryParameter(max_length=500)]
Currency = Annotated[str, QueryParameter(max_length=3)]
Status = Annotated[str, QueryParameter(max_length=30)]
Ranked = Annotated[int, QueryParameter(ge=1, le=RANKED_MAX)]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Business times, `until` exclusive, and whose sales: of one seller or "" for all."""

    since: datetime | None
    until: datetime | None
    seller_id: str


async def provide_period(
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
) -> Period:
    return Period(since=since, until=until, seller_id=seller_id)


async def provide_lines(
    category: Category = "", currency: Currency = "", status: Status = ""
) -> SalesFilter:
    """What lines of orders are filtered by, besides their period."""
    return SalesFilter(category=category, currency=currency, status=status)


OF_PERIOD = {"period": Provide(provide_period)}
OF_LINES = {**OF_PERIOD, "lines": Provide(provide_lines)}


def period_of(reader: Reader, period: Period, lines: SalesFilter) -> SalesFilter:
    """The filter of a report that the reader may see: a seller sees their own."""
    since, until = period.since, period.until
    must_have_zone(since=since, until=until)
    if since and until and since >= until:
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "must be after since", field="until"
        )
    return msgspec.structs.replace(
        lines,
        since=since.isoformat() if since else lines.since,
        until=until.isoformat() if until else lines.until,
        seller=reader.subject if reader.role == "seller" else period.seller_id,
    )


def answer[T: msgspec.Struct](
    reader: Reader, rows: Sequence[T], row: type[T], form: Format
) -> Response[Any]:
    if form == "json":
        return reader.answer(list(rows))
    response: Response[Any] = reader.answer(csv_of(rows, row))
    response.media_type = MEDIA_TYPE
    return response


@query_route(
    "/v1/analytics/sales",
    tag="analytics",
    also=MEDIA_TYPE,
    permission=READ,
    dependencies=OF_LINES,
    answer=[
        {
            "key": "2026-05",
            "currency": "EUR",
            "orders": 1,
            "units": 2,
            "price_minor": 9000,
            "shipping_minor": 700,
            "gross_minor": 9700,
            "commission_minor": 900,
            "refunded_minor": 0,
        }
    ],
)
async def get_sales(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    group_by: FromQuery[SalesBy] = "month",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sales by business date, seller, category or status; a seller sees their own."""
    wanted = period_of(reader, period, lines)
    rows = await reader.ask(reports.sales, group_by, wanted)
    return answer(reader, rows, SalesRow, format)


@query_route(
    "/v1/analytics/sellers",
    tag="analytics",
    also=MEDIA_TYPE,
    permission=READ,
    dependencies=OF_LINES,
)
async def get_sellers(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sellers by gross sales, the largest first."""
    wanted = period_of(reader, period, lines)
    rows = await reader.ask(reports.sellers, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@query_route(
    "/v1/analytics/categories",
    tag="analytics",
    also=MEDIA_TYPE,
    permission=READ,
    dependencies=OF_LINES,
)
async def get_categories(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Categories by gross sales, the largest first."""
    wanted = period_of(reader, period, lines)
    rows = await reader.ask(reports.categories, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@query_route(
    "/v1/analytics/refunds",
    tag="analytics",
    also=MEDIA_TYPE,
    permission=READ,
    dependencies=OF_PERIOD,
    answer=[
        {
            "key": "2026-05",
            "currency": "EUR",
            "refunds": 1,
            "units": 1,
            "price_minor": 4500,
            "shipping_minor": 350,
            "gross_minor": 4850,
            "commission_minor": 450,
        }
    ],
)
async def get_refunds(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    group_by: FromQuery[RefundsBy] = "month",
    currency: Currency = "",
    status: Status = "",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[RefundsRow]]:
    """Refunds by the business date of the request, seller or status (such as settled)."""
    wanted = period_of(reader, period, SalesFilter(currency=currency, status=status))
    rows = await reader.ask(reports.refunds, group_by, wanted)
    return answer(reader, rows, RefundsRow, format)


@query_route(
    "/v1/analytics/funnel",
    tag="analytics",
    also=MEDIA_TYPE,
    permission=READ,
    dependencies=OF_PERIOD,
    answer=[
        {
            "key": "all",
            "placed": 10,
            "paid": 9,
            "shipped": 7,
            "delivered": 6,
            "completed": 5,
            "cancelled": 1,
            "refunded": 1,
        }
    ],
)
async def get_funnel(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    group_by: FromQuery[FunnelBy] = "all",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[FunnelRow]]:
    """Of the orders placed in the period, how many have been paid, shipped, and so on."""
    wanted = period_of(reader, period, SalesFilter())
    rows = await reader.ask(reports.funnel, group_by, wanted)
    return answer(reader, rows, FunnelRow, format)


TOPIC = Topic([get_sales, get_refunds, get_sellers, get_categories, get_funnel])
