"""ClickHouse tables of sales facts. Rows replace by key and position: repeats change nothing."""

DATABASE = "market"
TABLES = ("sale_lines", "order_states", "part_states", "refund_lines")

DDL: dict[str, str] = {
    "sale_lines": """
CREATE TABLE IF NOT EXISTS {table} (
    order_id String, line_id UInt32, position UInt64,
    placed_at DateTime64(3, 'UTC'), recorded_at DateTime64(3, 'UTC'),
    buyer_id String, seller_id String, listing_id String, category LowCardinality(String),
    currency LowCardinality(String), quantity UInt32,
    price_minor Int64, shipping_minor Int64, commission_minor Int64
) ENGINE = ReplacingMergeTree(position) PARTITION BY toYear(placed_at)
ORDER BY (order_id, line_id)""",
    "order_states": """
CREATE TABLE IF NOT EXISTS {table} (
    order_id String, status LowCardinality(String), at DateTime64(3, 'UTC'), position UInt64
) ENGINE = ReplacingMergeTree(position) ORDER BY order_id""",
    "part_states": """
CREATE TABLE IF NOT EXISTS {table} (
    order_id String, seller_id String, status LowCardinality(String),
    at DateTime64(3, 'UTC'), position UInt64
) ENGINE = ReplacingMergeTree(position) ORDER BY (order_id, seller_id)""",
    "refund_lines": """
CREATE TABLE IF NOT EXISTS {table} (
    refund_id String, order_id String, line_id UInt32, seller_id String, position UInt64,
    at DateTime64(3, 'UTC'), currency LowCardinality(String), quantity UInt32,
    price_minor Int64, shipping_minor Int64, commission_minor Int64
) ENGINE = ReplacingMergeTree(position) ORDER BY (order_id, refund_id, line_id)""",
}

COLUMNS: dict[str, list[str]] = {
    "sale_lines": [
        *("order_id", "line_id", "position", "placed_at", "recorded_at", "buyer_id"),
        *("seller_id", "listing_id", "category", "currency", "quantity"),
        *("price_minor", "shipping_minor", "commission_minor"),
    ],
    "order_states": ["order_id", "status", "at", "position"],
    "part_states": ["order_id", "seller_id", "status", "at", "position"],
    "refund_lines": [
        *("refund_id", "order_id", "line_id", "seller_id", "position", "at", "currency"),
        *("quantity", "price_minor", "shipping_minor", "commission_minor"),
    ],
}
