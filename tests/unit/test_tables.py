"""What a batch does to a table meets in memory, and becomes few statements."""

from datetime import UTC, datetime

import pytest

from projections.stores.postgresql.tables import Table, TwiceInserted, Writes

ORDERS = Table(
    "orders",
    ("order_id",),
    {"order_id": "text", "status": "text", "paid_minor": "int", "at": "time"},
    defaults={"status": "new", "paid_minor": 0},
)
BALANCES = Table(
    "balances", ("account",), {"account": "text", "balance_minor": "int"}, sums=("balance_minor",)
)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def sql(writes: Writes) -> list[str]:
    return [statement for statement, _ in writes.statements("rm")]


def test_a_row_that_is_inserted_and_changed_is_written_once() -> None:
    writes = Writes()
    writes.insert(ORDERS, order_id="o1", at=AT)
    writes.set(ORDERS, ("o1",), status="paid")
    writes.add(ORDERS, ("o1",), paid_minor=5)
    writes.add(ORDERS, ("o1",), paid_minor=7)
    statements = list(writes.statements("rm"))
    assert len(statements) == 1
    text, arrays = statements[0]
    assert text.startswith("INSERT INTO rm.orders (order_id, status, paid_minor, at)")
    assert len(arrays) == len(ORDERS.columns)
    assert b"paid" in arrays[1].data
    assert (12).to_bytes(8, "big") in arrays[2].data


def test_rows_that_are_there_get_one_update_for_each_kind_of_change() -> None:
    writes = Writes()
    for number in range(10):
        writes.set(ORDERS, (f"o{number}",), status="paid")
        writes.add(ORDERS, (f"o{number}",), paid_minor=number)
    writes.set(ORDERS, ("x",), status="cancelled")
    assert sql(writes) == [
        (
            "UPDATE rm.orders AS t SET status = c.status, paid_minor = t.paid_minor + c.paid_minor"
            " FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS c(order_id, status, paid_minor)"
            " WHERE t.order_id = c.order_id"
        ),
        (
            "UPDATE rm.orders AS t SET status = c.status"
            " FROM unnest(%s::text[], %s::text[]) AS c(order_id, status)"
            " WHERE t.order_id = c.order_id"
        ),
    ]


def test_the_last_value_of_a_column_stands() -> None:
    writes = Writes()
    writes.set(ORDERS, ("o1",), status="paid")
    writes.set(ORDERS, ("o1",), status="completed")
    ((_, arrays),) = writes.statements("rm")
    assert b"completed" in arrays[1].data
    assert b"paid" not in arrays[1].data


def test_upserts_of_one_key_are_added_up() -> None:
    writes = Writes()
    writes.upsert(BALANCES, account="a", balance_minor=5)
    writes.upsert(BALANCES, account="a", balance_minor=-2)
    ((text, arrays),) = writes.statements("rm")
    assert text.endswith(
        "ON CONFLICT (account) DO UPDATE"
        " SET balance_minor = balances.balance_minor + excluded.balance_minor"
    )
    assert (3).to_bytes(8, "big") in arrays[1].data


def test_a_row_that_comes_twice_is_a_fault() -> None:
    writes = Writes()
    writes.insert(ORDERS, order_id="o1")
    with pytest.raises(TwiceInserted):
        writes.insert(ORDERS, order_id="o1")


def test_what_no_event_has_named_is_null() -> None:
    writes = Writes()
    writes.insert(ORDERS, order_id="o1")
    ((_, arrays),) = writes.statements("rm")
    assert arrays[3].data.endswith(b"\xff\xff\xff\xff")
