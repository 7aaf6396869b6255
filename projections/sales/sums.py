"""Daily and monthly sums of sale lines: always computed anew for the days that changed."""

from collections.abc import Iterable
from datetime import date

from projections.sales.tables import DAILY_SALES, DATABASE, MONTHLY_SALES, SALE_LINES

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


def refresh_statements(days: Iterable[date], suffix: str) -> list[str]:
    """Statements that make the sums of these days, and of their months, those of the lines."""
    changed = sorted(set(days))
    if not changed:
        return []
    names = {
        "lines": f"{DATABASE}.{SALE_LINES.name}{suffix}",
        "daily": f"{DATABASE}.{DAILY_SALES.name}{suffix}",
        "monthly": f"{DATABASE}.{MONTHLY_SALES.name}{suffix}",
        "days": ", ".join(f"'{day.isoformat()}'" for day in changed),
        "months": ", ".join(sorted({f"{day:%Y%m}" for day in changed})),
    }
    return [DAILY.format(**names), MONTHLY.format(**names)]
