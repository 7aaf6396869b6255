"""ClickHouse tables for analysts: facts, and their daily and monthly sums.

Business time says when something was true, recorded time when it
was known. Amounts are integer minor units of the row's currency; currencies are never summed
together. Facts are partitioned by the month of their business time, which analysts ask for first,
and ordered by day, then seller, so that a period or one seller reads little.
"""

from projections.stores.clickhouse.tables import AnalystTable, Columns

POSITION: Columns = {"position": ("position", "position in the log")}
SALE_LINES = AnalystTable(
    name="sale_lines",
    about="One line of one order, as placed",
    columns={
        "placed_at": ("time", "business time of the order"),
        "recorded_at": ("time", "when it was recorded"),
        "seller_id": ("text", "seller of the line"),
        "order_id": ("text", "order"),
        "line_id": ("count", "line within the order, from 1"),
        "buyer_id": ("text", "buyer (a pseudonymous id)"),
        "listing_id": ("text", "listing"),
        "category": ("low", "category at the time of the order"),
        "currency": ("low", "ISO 4217"),
        "quantity": ("count", "units"),
        "price_minor": ("money", "goods, whole line, minor units"),
        "shipping_minor": ("money", "shipping, whole line, minor units"),
        "commission_minor": ("money", "commission agreed, without VAT, minor units"),
        **POSITION,
    },
    key=("order_id", "line_id"),
    order_by="toDate(placed_at), seller_id, order_id, line_id",
    partition_by="toYYYYMM(placed_at)",
)
STAGES = AnalystTable(
    name="stages",
    about="Each stage that an order, a part of it or a refund has reached, once",
    columns={
        "subject": ("low", "order, part (a seller's part of an order) or refund"),
        "order_id": ("text", "order"),
        "id": ("text", "'' for an order, the seller of a part, the refund"),
        "stage": ("low", "such as paid, delivered, settled"),
        "at": ("time", "business time"),
        "recorded_at": ("time", "when it was recorded"),
        **POSITION,
    },
    key=("subject", "order_id", "id", "stage"),
    order_by="subject, order_id, id, stage",
)
REFUND_LINES = AnalystTable(
    name="refund_lines",
    about="What a refund takes back of one line; its stage is in stages",
    columns={
        "at": ("time", "business time of the request"),
        "recorded_at": ("time", "when it was recorded"),
        "seller_id": ("text", "seller of the line"),
        "order_id": ("text", "order"),
        "refund_id": ("text", "refund"),
        "line_id": ("count", "line of the order"),
        "currency": ("low", "ISO 4217"),
        "quantity": ("count", "units that go back; 0 is money without goods"),
        "price_minor": ("money", "goods, minor units"),
        "shipping_minor": ("money", "shipping, minor units"),
        "commission_minor": ("money", "commission given back, minor units"),
        **POSITION,
    },
    key=("refund_id", "line_id"),
    order_by="toDate(at), seller_id, refund_id, line_id",
    partition_by="toYYYYMM(at)",
)


def _sales_sums(name: str, period: str, about: str) -> AnalystTable:
    return AnalystTable(
        name=name,
        about=about,
        columns={
            period: ("day", f"{period} of the orders, its first day"),
            "currency": ("low", "ISO 4217"),
            "seller_id": ("text", "seller"),
            "category": ("low", "category"),
            "lines": ("position", "order lines"),
            "units": ("position", "units"),
            "price_minor": ("money", "goods, minor units"),
            "shipping_minor": ("money", "shipping, minor units"),
            "commission_minor": ("money", "commission agreed, minor units"),
            **POSITION,
        },
        key=(period, "currency", "seller_id", "category"),
        order_by=f"{period}, currency, seller_id, category",
    )


DAILY_SALES = _sales_sums("daily_sales", "day", "Sale lines by day, currency, seller, category")
MONTHLY_SALES = _sales_sums(
    "monthly_sales", "month", "Sale lines by month, currency, seller, category"
)
FACTS = (SALE_LINES, STAGES, REFUND_LINES)
SUMMED = (DAILY_SALES, MONTHLY_SALES)
