"""What a read model in ClickHouse is: tables of facts, and perhaps sums of them.

Rows replace by their order key, the one of the highest position stays: re-deliveries change
nothing. Read them with FINAL.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from eventstore.codec import Recorded
from projections.query import Store

DATABASE = "market"

type ColumnKind = Literal["text", "low", "count", "money", "day", "time", "position"]

TYPES: dict[ColumnKind, str] = {
    "text": "String",
    "low": "LowCardinality(String)",
    "count": "UInt32",
    "money": "Int64",
    "day": "Date",
    "time": "DateTime64(3, 'UTC')",
    "position": "UInt64",
}


class AnalystTable(msgspec.Struct, frozen=True, kw_only=True):
    """`columns`: name to kind and comment. `key` makes a row unique within `order_by`."""

    name: str
    about: str
    columns: dict[str, tuple[ColumnKind, str]]
    key: tuple[str, ...]
    order_by: str
    partition_by: str = ""

    def ddl(self, table: str) -> str:
        columns = ",\n    ".join(
            f"{name} {TYPES[kind]} COMMENT {_quoted(comment)}"
            for name, (kind, comment) in self.columns.items()
        )
        partition = f" PARTITION BY {self.partition_by}" if self.partition_by else ""
        return (
            f"CREATE TABLE IF NOT EXISTS {table} (\n    {columns}\n)"
            f" ENGINE = ReplacingMergeTree(position){partition}"
            f" ORDER BY ({self.order_by}) COMMENT {_quoted(self.about)}"
        )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


type Columns = dict[str, tuple[ColumnKind, str]]

type Row = list[object]
type Inserted = Mapping[str, list[Row]]
type Cells = dict[str, Any]


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Tables that are computed anew for the days whose facts have changed.

    The days are those of the first column of the rows of `of`. `refresh` gives the statements for
    days and the suffix of the tables, `stale` the query for days whose sums do not reach as far as
    their facts; `fold` gives a table's rows by the facts alone.
    """

    tables: tuple[AnalystTable, ...]
    of: AnalystTable
    refresh: Callable[[Iterable[date], str], Sequence[str]]
    stale: Callable[[str], str]
    fold: Callable[[AnalystTable, Iterable[Cells]], Mapping[str, Cells]]


class FactTables(msgspec.Struct, frozen=True, kw_only=True):
    """`rows_of` translates a batch to rows by table, in the order of its columns; pure.

    Whoever changes what the rows mean or look like raises `version`: the tables are then rebuilt,
    and what older versions made and this one does not (`retired`) is dropped.
    """

    name: str
    version: int = 1
    facts: tuple[AnalystTable, ...]
    rows_of: Callable[[Sequence[Recorded]], Inserted]
    key: Callable[[Recorded], str]
    sums: Sums | None = None
    retired: tuple[str, ...] = ()
    money: bool = False
    store: Store = "clickhouse"

    @property
    def tables(self) -> dict[str, AnalystTable]:
        all_of_them = (*self.facts, *(self.sums.tables if self.sums else ()))
        return {table.name: table for table in all_of_them}
