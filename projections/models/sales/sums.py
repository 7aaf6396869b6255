"""Daily and monthly sums of sale lines: always computed anew for the days that changed."""

from collections.abc import Iterable
from datetime import UTC, date

from projections.keys import key_text
from projections.models.sales.tables import DAILY_SALES, MONTHLY_SALES, SALE_LINES, SUMMED
from projections.stores.clickhouse.tables import DATABASE, AnalystTable, Cells, Sums

# Sums are replaced, never added to: what is delivered twice is counted once.
DAILY = """
INSERT INTO {daily}
SELECT toDate(placed_at) AS day, currency, seller_id, category, count(),
    sum(quantity), sum(price_minor), sum(shipping_minor), sum(commission_minor), max(position)
FROM {lines} FINAL WHERE toDate(placed_at) IN ({days})
    AND toYYYYMM(placed_at) IN ({months})
GROUP BY day, currency, seller_id, category
"""
MONTHLY = """
INSERT INTO {monthly}
SELECT toStartOfMonth(day) AS month, currency, seller_id, category, sum(lines),
    sum(units), sum(price_minor), sum(shipping_minor), sum(commission_minor), max(position)
FROM {daily} FINAL WHERE toYYYYMM(day) IN ({months})
GROUP BY month, currency, seller_id, category
"""
# Days of which the sums, or those of their month, do not reach as far as the lines do.
STALE = """
SELECT l.day AS day FROM (
    SELECT toDate(placed_at) AS day, max(position) AS reached FROM {lines} GROUP BY day
) AS l LEFT JOIN (
    SELECT day, max(position) AS reached FROM {daily} GROUP BY day
) AS d ON d.day = l.day WHERE l.reached != d.reached
UNION DISTINCT
SELECT l.month AS day FROM (
    SELECT toStartOfMonth(placed_at) AS month, max(position) AS reached FROM {lines} GROUP BY month
) AS l LEFT JOIN (
    SELECT month, max(position) AS reached FROM {monthly} GROUP BY month
) AS m ON m.month = l.month WHERE l.reached != m.reached
"""


def _names(suffix: str) -> dict[str, str]:
    return {
        "lines": f"{DATABASE}.{SALE_LINES.name}{suffix}",
        "daily": f"{DATABASE}.{DAILY_SALES.name}{suffix}",
        "monthly": f"{DATABASE}.{MONTHLY_SALES.name}{suffix}",
    }


def stale_query(suffix: str) -> str:
    return STALE.format(**_names(suffix))


def refresh_statements(days: Iterable[date], suffix: str) -> list[str]:
    """Statements that make the sums of these days, and of their months, those of the lines."""
    changed = sorted(set(days))
    if not changed:
        return []
    names = _names(suffix) | {
        "days": ", ".join(f"'{day.isoformat()}'" for day in changed),
        "months": ", ".join(sorted({f"{day:%Y%m}" for day in changed})),
    }
    return [DAILY.format(**names), MONTHLY.format(**names)]


def fold(table: AnalystTable, lines: Iterable[Cells]) -> dict[str, Cells]:
    """A table's rows by the lines alone."""
    monthly = table is MONTHLY_SALES
    sums: dict[str, Cells] = {}
    for line in lines:
        day: date = line["placed_at"].astimezone(UTC).date()
        first = (day.replace(day=1) if monthly else day).isoformat()
        cell = (first, line["currency"], line["seller_id"], line["category"])
        key = key_text(cell)
        row = sums.get(key)
        if row is None:
            row = sums[key] = _empty(table, cell)
        _add(row, line)
    return sums


def _empty(table: AnalystTable, cell: tuple[str, ...]) -> Cells:
    row: Cells = dict(zip(table.key, cell, strict=True))
    amounts = ("lines", "units", "price_minor", "shipping_minor", "commission_minor", "position")
    return row | dict.fromkeys(amounts, 0)


def _add(row: Cells, line: Cells) -> None:
    row["lines"] += 1
    row["units"] += line["quantity"]
    for column in ("price_minor", "shipping_minor", "commission_minor"):
        row[column] += line[column]
    row["position"] = max(row["position"], line["position"])


SUMS = Sums(
    tables=SUMMED,
    of=SALE_LINES,
    refresh=refresh_statements,
    stale=stale_query,
    fold=fold,
)
