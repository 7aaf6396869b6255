"""Compares a live read model with its copy: rows and checksums by bucket, then row by row."""

from collections.abc import Iterator, Sequence

import msgspec

from projections.checkpoints import Connection
from projections.model import Digest, Model, Row, Rows

BUCKETS = 64
LISTED_MAX = 100
NONE = Digest(0, 0)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not alike; None where there is none. Only columns that differ are given."""

    table: str
    key: str
    live: dict[str, object] | None
    log: dict[str, object] | None


class TableComparison(msgspec.Struct, frozen=True, kw_only=True):
    """`buckets` of the table's rows were compared, `differing` of them were not alike."""

    table: str
    live_rows: int
    log_rows: int
    buckets: int
    differing: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """At one position of both. `differences` are the first of `different` rows."""

    position: int
    tables: list[TableComparison]
    different: int
    differences: list[Difference]


async def compare(connection: Connection, model: Model, position: int) -> Comparison:
    """Both must stand at `position`, and stay there."""
    tables: list[TableComparison] = []
    found: list[Difference] = []
    for table in model.tables:
        live = await model.digests(connection, table, BUCKETS, copy=False)
        built = await model.digests(connection, table, BUCKETS, copy=True)
        buckets = sorted(live.keys() | built.keys())
        unlike = [b for b in buckets if live.get(b, NONE) != built.get(b, NONE)]
        for bucket in unlike:
            rows = await model.rows(connection, table, bucket, BUCKETS, copy=False)
            expected = await model.rows(connection, table, bucket, BUCKETS, copy=True)
            found += differences(table, rows, expected)
        tables.append(
            TableComparison(
                table=table,
                live_rows=sum(digest.rows for digest in live.values()),
                log_rows=sum(digest.rows for digest in built.values()),
                buckets=len(buckets),
                differing=len(unlike),
            )
        )
    return comparison(position, tables, found)


def comparison(
    position: int, tables: list[TableComparison], found: Sequence[Difference]
) -> Comparison:
    return Comparison(
        position=position,
        tables=tables,
        different=len(found),
        differences=list(found[:LISTED_MAX]),
    )


def differences(table: str, live: Rows, expected: Rows) -> Iterator[Difference]:
    """Rows that only one side has, or that are not alike."""
    for key in sorted(live.keys() | expected.keys()):
        left, right = live.get(key), expected.get(key)
        if left != right:
            yield _difference(table, key, left, right)


def _difference(table: str, key: str, live: Row | None, log: Row | None) -> Difference:
    columns = [*(live or log or {})]
    unlike = [
        column for column in columns if not live or not log or live[column] != log.get(column)
    ]

    def shown(row: Row | None) -> dict[str, object] | None:
        return None if row is None else {column: row.get(column) for column in unlike}

    return Difference(table=table, key=key, live=shown(live), log=shown(log))
