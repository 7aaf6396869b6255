"""Reports on sales from ClickHouse, over its HTTP interface."""

from typing import Literal

import httpx
import msgspec

from projections.query import reports
from projections.stores.clickhouse.query import report

type SalesBy = Literal["day", "month", "seller", "category", "status"]
type RefundsBy = Literal["day", "month", "seller", "status"]
type FunnelBy = Literal["all", "day", "month"]

SALES_KEYS: dict[SalesBy, str] = {
    "day": "toString(toDate(l.placed_at))",
    "month": "formatDateTime(l.placed_at, '%Y-%m')",
    "seller": "l.seller_id",
    "category": "l.category",
    "status": "state",
}
REFUNDS_KEYS: dict[RefundsBy, str] = {
    "day": "toString(toDate(r.at))",
    "month": "formatDateTime(r.at, '%Y-%m')",
    "seller": "r.seller_id",
    "status": "state",
}
FUNNEL_KEYS: dict[FunnelBy, str] = {
    "all": "'all'",
    "day": "toString(toDate(placed.at))",
    "month": "formatDateTime(placed.at, '%Y-%m')",
}
PERIOD = """
    {at} >= parseDateTime64BestEffort({{{{since:String}}}}, 3, 'UTC')
    AND {at} < parseDateTime64BestEffort({{{{until:String}}}}, 3, 'UTC')"""
# The last stage that an order, or a seller's part of it, has reached.
STATES = """
    SELECT order_id, id, argMax(stage, position) AS reached FROM market.stages FINAL
    WHERE subject = '{subject}' GROUP BY order_id, id"""
# What has been approved: a request alone gives nothing back.
REFUNDED = """
    SELECT order_id, line_id, sum(price_minor + shipping_minor) AS refunded_minor
    FROM market.refund_lines FINAL WHERE refund_id IN (
        SELECT id FROM market.stages FINAL WHERE subject = 'refund' AND stage = 'approved')
    GROUP BY order_id, line_id"""
LINES = f"""
    SELECT s.order_id AS order_id, s.position AS position, s.placed_at AS placed_at,
        s.seller_id AS seller_id, s.category AS category, s.currency AS currency,
        s.quantity AS quantity, s.price_minor AS price_minor,
        s.shipping_minor AS shipping_minor, s.commission_minor AS commission_minor,
        r.refunded_minor AS refunded_minor,
        multiIf(o.reached = 'cancelled', 'cancelled', p.reached != '', p.reached,
        o.reached = 'placed', 'awaiting_payment', o.reached) AS state
    FROM market.sale_lines AS s FINAL
    LEFT JOIN ({STATES.format(subject="order")}) AS o ON o.order_id = s.order_id
    LEFT JOIN ({STATES.format(subject="part")}) AS p
        ON p.order_id = s.order_id AND p.id = s.seller_id
    LEFT JOIN ({REFUNDED}) AS r ON r.order_id = s.order_id AND r.line_id = s.line_id
    WHERE {PERIOD.format(at="s.placed_at")}
        AND ({{{{seller:String}}}} = '' OR s.seller_id = {{{{seller:String}}}})
        AND ({{{{category:String}}}} = '' OR s.category = {{{{category:String}}}})
        AND ({{{{currency:String}}}} = '' OR s.currency = {{{{currency:String}}}})
        AND ({{{{status:String}}}} = '' OR state = {{{{status:String}}}})"""  # noqa: S608
SALES = f"""
SELECT {{key}} AS key, l.currency AS currency,
    uniqExact(l.order_id) AS orders, sum(l.quantity) AS units,
    sum(l.price_minor) AS price_minor, sum(l.shipping_minor) AS shipping_minor,
    sum(l.price_minor + l.shipping_minor) AS gross_minor,
    sum(l.commission_minor) AS commission_minor, sum(l.refunded_minor) AS refunded_minor
FROM ({LINES}) AS l GROUP BY key, currency ORDER BY key, currency
FORMAT JSONEachRow"""  # noqa: S608
CELL = f"""
SELECT l.position AS position, sum({{field}}) AS amount FROM ({LINES}) AS l
WHERE {{key}} = {{{{key:String}}}} GROUP BY position HAVING amount != 0 ORDER BY position
FORMAT JSONEachRow"""  # noqa: S608
REFUNDS = f"""
SELECT {{key}} AS key, r.currency AS currency, uniqExact(r.refund_id) AS refunds,
    sum(r.quantity) AS units, sum(r.price_minor) AS price_minor,
    sum(r.shipping_minor) AS shipping_minor, sum(r.price_minor + r.shipping_minor) AS gross_minor,
    sum(r.commission_minor) AS commission_minor
FROM (
    SELECT x.at AS at, x.refund_id AS refund_id, x.seller_id AS seller_id,
        x.currency AS currency, x.quantity AS quantity, x.price_minor AS price_minor,
        x.shipping_minor AS shipping_minor, x.commission_minor AS commission_minor,
        s.reached AS state
    FROM market.refund_lines AS x FINAL
    LEFT JOIN ({STATES.format(subject="refund")}) AS s ON s.id = x.refund_id
    WHERE {PERIOD.format(at="x.at")}
        AND ({{{{seller:String}}}} = '' OR x.seller_id = {{{{seller:String}}}})
        AND ({{{{currency:String}}}} = '' OR x.currency = {{{{currency:String}}}})
        AND ({{{{status:String}}}} = '' OR state = {{{{status:String}}}})
) AS r GROUP BY key, currency ORDER BY key, currency
FORMAT JSONEachRow"""  # noqa: S608
RANKING = f"""
SELECT {{key}} AS key, l.currency AS currency,
    uniqExact(l.order_id) AS orders, sum(l.quantity) AS units,
    sum(l.price_minor) AS price_minor, sum(l.shipping_minor) AS shipping_minor,
    sum(l.price_minor + l.shipping_minor) AS gross_minor,
    sum(l.commission_minor) AS commission_minor, sum(l.refunded_minor) AS refunded_minor
FROM ({LINES}) AS l GROUP BY key, currency
ORDER BY gross_minor DESC, key, currency LIMIT {{{{limit:UInt32}}}}
FORMAT JSONEachRow"""  # noqa: S608
FUNNEL = f"""
SELECT {{key}} AS key, count() AS placed,
    countIf(has(stages, 'paid')) AS paid, countIf(has(parts, 'shipped')) AS shipped,
    countIf(has(parts, 'delivered')) AS delivered,
    countIf(has(if({{{{seller:String}}}} = '', stages, parts), 'completed')) AS completed,
    countIf(has(stages, 'cancelled')) AS cancelled, countIf(has(refunds, 'approved')) AS refunded
FROM (
    SELECT order_id, minIf(at, subject = 'order' AND stage = 'placed') AS at,
        groupUniqArrayIf(toString(stage), subject = 'order') AS stages,
        groupUniqArrayIf(toString(stage), subject = 'part'
            AND ({{{{seller:String}}}} = '' OR id = {{{{seller:String}}}})) AS parts,
        groupUniqArrayIf(toString(stage), subject = 'refund'
            AND ({{{{seller:String}}}} = '' OR id IN (
                SELECT refund_id FROM market.refund_lines FINAL
                WHERE seller_id = {{{{seller:String}}}}))) AS refunds
    FROM market.stages FINAL
    WHERE {{{{seller:String}}}} = '' OR order_id IN (
        SELECT order_id FROM market.sale_lines FINAL WHERE seller_id = {{{{seller:String}}}})
    GROUP BY order_id HAVING has(stages, 'placed')
) AS placed WHERE {PERIOD.format(at="placed.at")} GROUP BY key ORDER BY key
FORMAT JSONEachRow"""  # noqa: S608
CELL_FIELDS = {
    "units": "l.quantity",
    "price_minor": "l.price_minor",
    "shipping_minor": "l.shipping_minor",
    "gross_minor": "l.price_minor + l.shipping_minor",
    "commission_minor": "l.commission_minor",
}


class SalesRow(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; gross = price + shipping; refunded as approved."""

    key: str
    currency: str
    orders: int
    units: int
    price_minor: int
    shipping_minor: int
    gross_minor: int
    commission_minor: int
    refunded_minor: int


class RefundsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; gross = price + shipping."""

    key: str
    currency: str
    refunds: int
    units: int
    price_minor: int
    shipping_minor: int
    gross_minor: int
    commission_minor: int


class FunnelRow(msgspec.Struct, frozen=True, kw_only=True):
    """Of the orders placed in the period, how many have reached each stage so far.

    Shipped and delivered: at least one seller's part of the order. For one seller: orders with a
    line of theirs, their parts, refunds of their lines.
    """

    key: str
    placed: int
    paid: int
    shipped: int
    delivered: int
    completed: int
    cancelled: int
    refunded: int


class SalesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Business times as ISO 8601, `until` exclusive; "" in the others means all."""

    since: str = "1970-01-01T00:00:00Z"
    until: str = "2200-01-01T00:00:00Z"
    seller: str = ""
    category: str = ""
    currency: str = ""
    status: str = ""


class CellPart(msgspec.Struct, frozen=True):
    """What the order placed at `position` adds to a cell of the sales report."""

    position: int
    amount: int


@reports("sales")
async def sales(
    client: httpx.AsyncClient, group_by: SalesBy, wanted: SalesFilter
) -> list[SalesRow]:
    return await _ask(client, SALES.format(key=SALES_KEYS[group_by]), wanted, SalesRow)


@reports("sales")
async def sales_cell(
    client: httpx.AsyncClient, group_by: SalesBy, key: str, field: str, wanted: SalesFilter
) -> list[CellPart]:
    """The orders behind one number of the sales report. Raises `KeyError` for another field."""
    query = CELL.format(key=SALES_KEYS[group_by], field=CELL_FIELDS[field])
    return await _ask(client, query, wanted, CellPart, key=key)


@reports("sales")
async def refunds(
    client: httpx.AsyncClient, group_by: RefundsBy, wanted: SalesFilter
) -> list[RefundsRow]:
    return await _ask(client, REFUNDS.format(key=REFUNDS_KEYS[group_by]), wanted, RefundsRow)


@reports("sales")
async def sellers(client: httpx.AsyncClient, wanted: SalesFilter, limit: int) -> list[SalesRow]:
    """By gross sales, the largest first."""
    return await _ask(client, RANKING.format(key="l.seller_id"), wanted, SalesRow, limit=str(limit))


@reports("sales")
async def categories(client: httpx.AsyncClient, wanted: SalesFilter, limit: int) -> list[SalesRow]:
    """By gross sales, the largest first."""
    query = RANKING.format(key="l.category")
    return await _ask(client, query, wanted, SalesRow, limit=str(limit))


@reports("sales")
async def funnel(
    client: httpx.AsyncClient, group_by: FunnelBy, wanted: SalesFilter
) -> list[FunnelRow]:
    return await _ask(client, FUNNEL.format(key=FUNNEL_KEYS[group_by]), wanted, FunnelRow)


async def _ask[T](
    client: httpx.AsyncClient, query: str, wanted: SalesFilter, row: type[T], **more: str
) -> list[T]:
    return await report(client, query, msgspec.structs.asdict(wanted) | more, row)
