"""What the ClickHouse tables would hold by the log alone, in memory."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from eventstore.codec import Recorded
from projections.keys import bucket_of
from projections.models.sales.facts import rows_of
from projections.models.sales.tables import DAILY_SALES, FACTS, SALE_LINES, TABLES
from projections.stores.postgresql.memory import key_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

type Row = dict[str, Any]


def comparable(value: object) -> object:
    """As a query gives it that is asked for the comparison: times in milliseconds."""
    if isinstance(value, datetime):
        return (value - EPOCH) // MILLISECOND
    return value


class SalesFold:
    """Facts by key; sums are made of them when they are asked for."""

    def __init__(self, bucket: int = 0, buckets: int = 1) -> None:
        self._bucket = bucket
        self._buckets = buckets
        self._facts: dict[str, dict[str, Row]] = {table.name: {} for table in FACTS}

    def add(self, batch: Sequence[Recorded]) -> None:
        for name, rows in rows_of(batch).items():
            table = TABLES[name]
            for values in rows:
                row: Row = dict(zip(table.columns, values, strict=True))
                self._facts[name][key_text([row[column] for column in table.key])] = row

    def rows(self, table: str) -> Mapping[str, Mapping[str, object]]:
        if table in self._facts:
            found = self._facts[table]
        elif table == DAILY_SALES.name:
            found = self._sums("day", lambda day: day)
        else:
            found = self._sums("month", lambda day: day.replace(day=1))
        return {
            key: {column: comparable(value) for column, value in row.items()}
            for key, row in found.items()
            if bucket_of(key, self._buckets) == self._bucket
        }

    def _sums(self, period: str, start: Callable[[date], date]) -> dict[str, Row]:
        sums: dict[str, Row] = {}
        for line in self._facts[SALE_LINES.name].values():
            first = start(line["placed_at"].astimezone(UTC).date()).isoformat()
            cell = (first, line["currency"], line["seller_id"], line["category"])
            key = key_text(cell)
            row = sums.get(key)
            if row is None:
                row = sums[key] = _empty(period, cell)
            _add(row, line)
        return sums


def _empty(period: str, cell: tuple[str, ...]) -> Row:
    row: Row = dict(zip((period, "currency", "seller_id", "category"), cell, strict=True))
    amounts = ("lines", "units", "price_minor", "shipping_minor", "commission_minor", "position")
    return row | dict.fromkeys(amounts, 0)


def _add(row: Row, line: Row) -> None:
    row["lines"] += 1
    row["units"] += line["quantity"]
    for column in ("price_minor", "shipping_minor", "commission_minor"):
        row[column] += line[column]
    row["position"] = max(row["position"], line["position"])
