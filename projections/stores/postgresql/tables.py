"""What a batch of events does to tables, gathered in memory and written set by set.

Changes of one row within a batch meet in memory: a row that is inserted and changed is written
once. A batch becomes a few statements with arrays, whatever its size.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from eventstore.arrays import BinaryArray, Int8Array, TextArray, TimestampArray

type Kind = Literal["text", "int", "time"]
type Key = tuple[object, ...]
type Values = dict[str, object]

ARRAYS: dict[Kind, Callable[[Any], BinaryArray]] = {
    "text": TextArray,
    "int": Int8Array,
    "time": TimestampArray,
}
SQL_TYPES: dict[Kind, str] = {"text": "text[]", "int": "bigint[]", "time": "timestamptz[]"}


class Table(msgspec.Struct, frozen=True):
    """`columns` in the order of its DDL; those without a value take their `defaults`, or NULL.

    `sums` are the columns that an upsert adds to.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, Kind]
    defaults: Values = {}
    sums: tuple[str, ...] = ()


class TwiceInserted(AssertionError):
    """A batch inserts a row that it has inserted before: the log or the projector is wrong."""


class Changes:
    """What a batch does to one table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.appended: list[Sequence[object]] = []
        self.inserted: dict[Key, Values] = {}
        self.upserted: dict[Key, Values] = {}
        self.updated: dict[Key, tuple[Values, Values]] = {}


class Writes:
    """One batch's changes by table, in the order in which the tables were first named."""

    def __init__(self) -> None:
        self._changes: dict[str, Changes] = {}

    def _of(self, table: Table) -> Changes:
        changes = self._changes.get(table.name)
        if changes is None:
            changes = self._changes[table.name] = Changes(table)
        return changes

    def append(self, table: Table, row: Sequence[object]) -> None:
        """A whole row, in the order of the columns, that will never be changed."""
        self._of(table).appended.append(row)

    def insert(self, table: Table, **values: object) -> None:
        """A new row. Raises `TwiceInserted`."""
        key = tuple(values[column] for column in table.key)
        inserted = self._of(table).inserted
        if key in inserted:
            raise TwiceInserted(f"{table.name} {key}")
        inserted[key] = table.defaults | values

    def upsert(self, table: Table, **values: object) -> None:
        """A row with these values; if there is one, only the table's `sums` are added to it."""
        key = tuple(values[column] for column in table.key)
        upserted = self._of(table).upserted
        row = upserted.get(key)
        if row is None:
            upserted[key] = table.defaults | values
        else:
            _add(row, {name: values.get(name, 0) for name in table.sums})

    def set(self, table: Table, key: Key, **values: object) -> None:
        """New values of a row; nothing happens where there is no row."""
        changes = self._of(table)
        row = changes.inserted.get(key)
        if row is None:
            row = changes.updated.setdefault(key, ({}, {}))[0]
        row.update(values)

    def add(self, table: Table, key: Key, **sums: int) -> None:
        """Added to a row's columns; nothing happens where there is no row."""
        changes = self._of(table)
        row = changes.inserted.get(key)
        if row is None:
            row = changes.updated.setdefault(key, ({}, {}))[1]
        _add(row, sums)

    def changes(self) -> Iterable[Changes]:
        """By table, in the order in which they must be made."""
        return self._changes.values()

    def statements(self, schema: str) -> Iterator[tuple[str, list[BinaryArray]]]:
        """SQL and its parameters, in the order in which they must run."""
        for changes in self._changes.values():
            table = changes.table
            if changes.appended:
                columns = zip(*changes.appended, strict=True)
                yield insert_sql(schema, table), _arrays(table.columns.values(), columns)
            if changes.inserted:
                yield insert_sql(schema, table), _rows(table, changes.inserted.values())
            if changes.upserted:
                yield upsert_sql(schema, table), _rows(table, changes.upserted.values())
            yield from _updates(schema, table, changes.updated)


def _add(row: dict[str, Any], sums: Mapping[str, Any]) -> None:
    for column, amount in sums.items():
        row[column] = row.get(column, 0) + amount


def _arrays(kinds: Iterable[Kind], columns: Iterable[Sequence[object]]) -> list[BinaryArray]:
    return [ARRAYS[kind](column) for kind, column in zip(kinds, columns, strict=True)]


def _rows(table: Table, rows: Iterable[Values]) -> list[BinaryArray]:
    whole = list(rows)
    columns = ([row.get(name) for row in whole] for name in table.columns)
    return _arrays(table.columns.values(), columns)


def _updates(
    schema: str, table: Table, updated: dict[Key, tuple[Values, Values]]
) -> Iterator[tuple[str, list[BinaryArray]]]:
    """One statement for each combination of columns that changes."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Key]] = {}
    for key, (values, sums) in updated.items():
        alike.setdefault((tuple(sorted(values)), tuple(sorted(sums))), []).append(key)
    for (set_columns, sum_columns), keys in alike.items():
        columns: list[Sequence[object]] = [*zip(*keys, strict=True)]
        columns += [[updated[key][0][name] for key in keys] for name in set_columns]
        columns += [[updated[key][1][name] for key in keys] for name in sum_columns]
        names = (*table.key, *set_columns, *sum_columns)
        kinds: list[Kind] = [table.columns[name] for name in names]
        yield update_sql(schema, table, set_columns, sum_columns), _arrays(kinds, columns)


def _unnest(table: Table, names: Iterable[str]) -> str:
    return ", ".join(f"%s::{SQL_TYPES[table.columns[name]]}" for name in names)


def insert_sql(schema: str, table: Table) -> str:
    names = ", ".join(table.columns)
    source = f"SELECT * FROM unnest({_unnest(table, table.columns)})"  # noqa: S608 - our names
    return f"INSERT INTO {schema}.{table.name} ({names}) {source}"


def upsert_sql(schema: str, table: Table) -> str:
    added = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in table.sums)
    conflict = f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {added}"
    return f"{insert_sql(schema, table)} {conflict}"


def update_sql(
    schema: str, table: Table, set_columns: Sequence[str], sum_columns: Sequence[str]
) -> str:
    names = (*table.key, *set_columns, *sum_columns)
    changed = [f"{name} = c.{name}" for name in set_columns]
    changed += [f"{name} = t.{name} + c.{name}" for name in sum_columns]
    same = " AND ".join(f"t.{name} = c.{name}" for name in table.key)
    return (
        f"UPDATE {schema}.{table.name} AS t SET {', '.join(changed)}"  # noqa: S608 - our names
        f" FROM unnest({_unnest(table, names)}) AS c({', '.join(names)}) WHERE {same}"
    )
