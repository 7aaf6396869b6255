"""Tables in memory that take the writes of projectors: what the log alone gives."""

from collections.abc import Mapping, Sequence
from typing import Any

from projections.keys import bucket_of, key_text
from projections.stores.postgresql.tables import Changes, Key, Table, TwiceInserted, Values, Writes


class MemoryTables:
    """Rows of one bucket of each table, by key."""

    def __init__(self, tables: Sequence[Table], bucket: int = 0, buckets: int = 1) -> None:
        self._rows: dict[str, dict[Key, Values]] = {table.name: {} for table in tables}
        self._bucket = bucket
        self._buckets = buckets

    def apply(self, writes: Writes) -> None:
        """In the order in which the statements of a store run. Raises `TwiceInserted`."""
        for changes in writes.changes():
            rows = self._rows[changes.table.name]
            self._append(rows, changes)
            self._insert(rows, changes)
            self._upsert(rows, changes)
            self._update(rows, changes)

    def _ours(self, key: Key) -> bool:
        return self._buckets == 1 or bucket_of(key_text(key), self._buckets) == self._bucket

    def _append(self, rows: dict[Key, Values], changes: Changes) -> None:
        table = changes.table
        for appended in changes.appended:
            row: Values = dict(zip(table.columns, appended, strict=True))
            self._new(rows, table, tuple(row[column] for column in table.key), row)

    def _insert(self, rows: dict[Key, Values], changes: Changes) -> None:
        for key, values in changes.inserted.items():
            self._new(rows, changes.table, key, values)

    def _new(self, rows: dict[Key, Values], table: Table, key: Key, values: Values) -> None:
        if not self._ours(key):
            return
        if key in rows:
            raise TwiceInserted(f"{table.name} {key}")
        rows[key] = {column: values.get(column) for column in table.columns}

    def _upsert(self, rows: dict[Key, Values], changes: Changes) -> None:
        table = changes.table
        for key, values in changes.upserted.items():
            if not self._ours(key):
                continue
            row = rows.get(key)
            if row is None:
                rows[key] = {column: values.get(column) for column in table.columns}
            else:
                _add(row, {column: values.get(column, 0) for column in table.sums})

    def _update(self, rows: dict[Key, Values], changes: Changes) -> None:
        for key, (values, sums) in changes.updated.items():
            row = rows.get(key)
            if row is not None:
                row.update(values)
                _add(row, sums)

    def rows(self, table: str) -> Mapping[Key, Mapping[str, Any]]:
        return self._rows[table]


def _add(row: Values, sums: Mapping[str, Any]) -> None:
    for column, amount in sums.items():
        before: Any = row[column]
        row[column] = before + amount
