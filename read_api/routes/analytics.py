"""Reports for analysts: sales, refunds, sellers, categories and the funnel, as JSON or CSV."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from projections.sales import queries as reports
from projections.sales.queries import (
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

ANALYSTS = ("analyst", "operator", "auditor", "seller")
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


async def begin(reader: Reader, period: Period, lines: SalesFilter) -> SalesFilter:
    """The filter of a report that the reader may see: a seller sees their own."""
    reader.must_be(*ANALYSTS)
    since, until = period.since, period.until
    must_have_zone(since=since, until=until)
    if since and until and since >= until:
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "must be after since", field="until"
        )
    await reader.fresh("sales")
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


@get("/v1/analytics/sales", tags=["analytics"], dependencies=OF_LINES)
async def get_sales(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    group_by: FromQuery[SalesBy] = "month",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sales by business date, seller, category or status; a seller sees their own."""
    wanted = await begin(reader, period, lines)
    rows = await reports.sales(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/sellers", tags=["analytics"], dependencies=OF_LINES)
async def get_sellers(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sellers by gross sales, the largest first."""
    wanted = await begin(reader, period, lines)
    rows = await reports.sellers(reader.services.clickhouse, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/categories", tags=["analytics"], dependencies=OF_LINES)
async def get_categories(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    lines: NamedDependency[SalesFilter],
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Categories by gross sales, the largest first."""
    wanted = await begin(reader, period, lines)
    rows = await reports.categories(reader.services.clickhouse, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/refunds", tags=["analytics"], dependencies=OF_PERIOD)
async def get_refunds(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    group_by: FromQuery[RefundsBy] = "month",
    currency: Currency = "",
    status: Status = "",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[RefundsRow]]:
    """Refunds by the business date of the request, seller or status (such as settled)."""
    wanted = await begin(reader, period, SalesFilter(currency=currency, status=status))
    rows = await reports.refunds(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, RefundsRow, format)


@get("/v1/analytics/funnel", tags=["analytics"], dependencies=OF_PERIOD)
async def get_funnel(
    reader: NamedDependency[Reader],
    period: NamedDependency[Period],
    group_by: FromQuery[FunnelBy] = "all",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[FunnelRow]]:
    """Of the orders placed in the period, how many have been paid, shipped, and so on."""
    wanted = await begin(reader, period, SalesFilter())
    rows = await reports.funnel(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, FunnelRow, format)


ROUTES = [get_sales, get_refunds, get_sellers, get_categories, get_funnel]
