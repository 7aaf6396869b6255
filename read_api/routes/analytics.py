"""Reports for analysts: sales, refunds, sellers, categories and the funnel, as JSON or CSV."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
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
from read_api.reader import Reader, ReadRefused

ANALYSTS = ("analyst", "operator", "auditor", "seller")
RANKED_MAX = 1000

type Format = Literal["json", "csv"]
Id = Annotated[str, QueryParameter(max_length=64)]
Category = Annotated[str, QueryParameter(max_length=500)]
Currency = Annotated[str, QueryParameter(max_length=3)]
Status = Annotated[str, QueryParameter(max_length=30)]
Ranked = Annotated[int, QueryParameter(ge=1, le=RANKED_MAX)]


async def begin(
    reader: Reader,
    since: datetime | None,
    until: datetime | None,
    seller_id: str,
    **more: str,
) -> SalesFilter:
    """The filter of a report that the reader may see: a seller sees their own."""
    reader.must_be(*ANALYSTS)
    if since and until and since >= until:
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "must be after since", field="until"
        )
    await reader.fresh("sales")
    everything = SalesFilter()
    return SalesFilter(
        since=since.isoformat() if since else everything.since,
        until=until.isoformat() if until else everything.until,
        seller=reader.subject if reader.role == "seller" else seller_id,
        **more,
    )


def answer[T: msgspec.Struct](
    reader: Reader, rows: Sequence[T], row: type[T], form: Format
) -> Response[Any]:
    if form == "json":
        return reader.answer(list(rows))
    response: Response[Any] = reader.answer(csv_of(rows, row))
    response.media_type = MEDIA_TYPE
    return response


@get("/v1/analytics/sales", tags=["analytics"])
async def get_sales(
    reader: NamedDependency[Reader],
    group_by: FromQuery[SalesBy] = "month",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
    category: Category = "",
    currency: Currency = "",
    status: Status = "",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sales by business date, seller, category or status; a seller sees their own."""
    wanted = await begin(
        reader, since, until, seller_id, category=category, currency=currency, status=status
    )
    rows = await reports.sales(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/refunds", tags=["analytics"])
async def get_refunds(
    reader: NamedDependency[Reader],
    group_by: FromQuery[RefundsBy] = "month",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
    currency: Currency = "",
    status: Status = "",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[RefundsRow]]:
    """Refunds by the business date of the request, seller or status (such as settled)."""
    wanted = await begin(reader, since, until, seller_id, currency=currency, status=status)
    rows = await reports.refunds(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, RefundsRow, format)


@get("/v1/analytics/sellers", tags=["analytics"])
async def get_sellers(
    reader: NamedDependency[Reader],
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
    category: Category = "",
    currency: Currency = "",
    status: Status = "",
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Sellers by gross sales, the largest first."""
    wanted = await begin(
        reader, since, until, seller_id, category=category, currency=currency, status=status
    )
    rows = await reports.sellers(reader.services.clickhouse, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/categories", tags=["analytics"])
async def get_categories(
    reader: NamedDependency[Reader],
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
    category: Category = "",
    currency: Currency = "",
    status: Status = "",
    limit: Ranked = 100,
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[SalesRow]]:
    """Categories by gross sales, the largest first."""
    wanted = await begin(
        reader, since, until, seller_id, category=category, currency=currency, status=status
    )
    rows = await reports.categories(reader.services.clickhouse, wanted, limit)
    return answer(reader, rows, SalesRow, format)


@get("/v1/analytics/funnel", tags=["analytics"])
async def get_funnel(
    reader: NamedDependency[Reader],
    group_by: FromQuery[FunnelBy] = "all",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Id = "",
    format: FromQuery[Format] = "json",  # noqa: A002 - the parameter's name
) -> Response[list[FunnelRow]]:
    """Of the orders placed in the period, how many have been paid, shipped, and so on."""
    wanted = await begin(reader, since, until, seller_id)
    rows = await reports.funnel(reader.services.clickhouse, group_by, wanted)
    return answer(reader, rows, FunnelRow, format)


ROUTES = [get_sales, get_refunds, get_sellers, get_categories, get_funnel]
