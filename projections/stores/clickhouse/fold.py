"""What the ClickHouse tables would hold by the log alone, in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from eventstore.codec import Recorded
from projections.keys import bucket_of, key_text
from projections.stores.clickhouse.tables import AnalystTable, Cells, FactTables

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def comparable(value: object) -> object:
    """As a query gives it that is asked for the comparison: times in milliseconds."""
    if isinstance(value, datetime):
        return (value - EPOCH) // MILLISECOND
    return value


class FactFold:
    """Facts by key; sums are made of them when they are asked for."""

    def __init__(self, declared: FactTables, bucket: int = 0, buckets: int = 1) -> None:
        self._declared = declared
        self._bucket = bucket
        self._buckets = buckets
        self._facts: dict[str, dict[str, Cells]] = {table.name: {} for table in declared.facts}

    def add(self, batch: Sequence[Recorded]) -> None:
        tables = self._declared.tables
        for name, rows in self._declared.rows_of(batch).items():
            table = tables[name]
            for values in rows:
                row: Cells = dict(zip(table.columns, values, strict=True))
                self._facts[name][key_text([row[column] for column in table.key])] = row

    def rows(self, table: str) -> Mapping[str, Mapping[str, object]]:
        found = self._facts.get(table)
        if found is None:
            found = self._summed(self._declared.tables[table])
        return {
            key: {column: comparable(value) for column, value in row.items()}
            for key, row in found.items()
            if bucket_of(key, self._buckets) == self._bucket
        }

    def _summed(self, table: AnalystTable) -> dict[str, Cells]:
        sums = self._declared.sums
        assert sums is not None
        return dict(sums.fold(table, self._facts[sums.of.name].values()))
