"""Sales reports from ClickHouse, over its HTTP interface."""

from typing import Literal

import httpx
import msgspec

type GroupBy = Literal["day", "month", "seller", "category", "status"]

KEYS: dict[GroupBy, str] = {
    "day": "toString(toDate(l.placed_at))",
    "month": "formatDateTime(l.placed_at, '%Y-%m')",
    "seller": "l.seller_id",
    "category": "l.category",
    "status": "state",
}
REPORT = """
SELECT {key} AS key, l.currency AS currency,
    uniqExact(l.order_id) AS orders, sum(l.quantity) AS units,
    sum(l.price_minor) AS price_minor, sum(l.shipping_minor) AS shipping_minor,
    sum(l.price_minor + l.shipping_minor) AS gross_minor,
    sum(l.commission_minor) AS commission_minor,
    sum(r.refunded_minor) AS refunded_minor
FROM (
    SELECT s.order_id AS order_id, s.line_id AS line_id, s.placed_at AS placed_at,
        s.seller_id AS seller_id, s.category AS category, s.currency AS currency,
        s.quantity AS quantity, s.price_minor AS price_minor,
        s.shipping_minor AS shipping_minor, s.commission_minor AS commission_minor,
        multiIf(o.status = 'cancelled', 'cancelled', p.status != '', p.status, o.status)
        AS state
    FROM market.sale_lines AS s FINAL
    LEFT JOIN (SELECT order_id, status FROM market.order_states FINAL) AS o
        ON o.order_id = s.order_id
    LEFT JOIN (SELECT order_id, seller_id, status FROM market.part_states FINAL) AS p
        ON p.order_id = s.order_id AND p.seller_id = s.seller_id
) AS l
LEFT JOIN (
    SELECT order_id, line_id, sum(price_minor + shipping_minor) AS refunded_minor
    FROM market.refund_lines FINAL GROUP BY order_id, line_id
) AS r ON r.order_id = l.order_id AND r.line_id = l.line_id
WHERE l.placed_at >= parseDateTime64BestEffort({{since:String}}, 3, 'UTC')
    AND l.placed_at < parseDateTime64BestEffort({{until:String}}, 3, 'UTC')
    AND ({{seller:String}} = '' OR l.seller_id = {{seller:String}})
    AND ({{category:String}} = '' OR l.category = {{category:String}})
    AND ({{status:String}} = '' OR state = {{status:String}})
GROUP BY key, currency ORDER BY key, currency
FORMAT JSONEachRow
"""


class ReportUnavailable(RuntimeError):
    """ClickHouse did not answer."""


class SalesRow(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; gross = price + shipping."""

    key: str
    currency: str
    orders: int
    units: int
    price_minor: int
    shipping_minor: int
    gross_minor: int
    commission_minor: int
    refunded_minor: int


class SalesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Business dates as ISO 8601, `until` exclusive; "" in the others means all."""

    since: str = "1970-01-01T00:00:00Z"
    until: str = "2200-01-01T00:00:00Z"
    seller: str = ""
    category: str = ""
    status: str = ""


async def report(
    client: httpx.AsyncClient, group_by: GroupBy, wanted: SalesFilter
) -> list[SalesRow]:
    query = REPORT.format(key=KEYS[group_by])
    parameters = {f"param_{name}": value for name, value in msgspec.structs.asdict(wanted).items()}
    settings = {"output_format_json_quote_64bit_integers": "0"}
    try:
        response = await client.post("/", content=query, params=parameters | settings)
    except httpx.TransportError as error:
        raise ReportUnavailable(str(error)) from error
    if response.is_error:
        raise ReportUnavailable(f"ClickHouse answered {response.status_code}")
    decoder = msgspec.json.Decoder(SalesRow)
    return decoder.decode_lines(response.content)
