"""The Olist CSV files as orders: exact amounts, and what is wrong with a row."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from commands.idempotency import uuid_of

CURRENCY = "BRL"
FILES = (
    "orders.csv",
    "order_items.csv",
    "order_payments.csv",
    "products.csv",
    "sellers.csv",
    "product_category_name_translation.csv",
)
UNCATEGORISED = "uncategorised"


class RowsInvalid(ValueError):
    """A file is missing or a cell cannot be read; the message says which."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    product_id: str
    seller_id: str
    price_minor: int
    freight_minor: int

    @property
    def listing_id(self) -> str:
        return uuid_of("olist-listing", self.product_id, self.seller_id)


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    sequential: int
    kind: str
    amount_minor: int


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    order_id: str
    customer_id: str
    status: str
    purchased_at: datetime
    approved_at: datetime
    carrier_at: datetime
    delivered_at: datetime
    items: tuple[Item, ...]
    payments: tuple[PaymentRow, ...]


class Olist(msgspec.Struct, frozen=True, kw_only=True):
    """`orders` by purchase time; `zero_payments` were left out of them."""

    orders: list[OrderRow]
    sellers: dict[str, str]
    categories: dict[str, str]
    zero_payments: int


def read(folder: Path) -> Olist:
    """Raises `RowsInvalid`."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise RowsInvalid(f"{folder} lacks {', '.join(missing)}")
    items, payments, zeros = _items(folder), *_payments(folder)
    orders = [_order(row, line, items, payments) for line, row in _rows(folder / "orders.csv")]
    orders.sort(key=lambda order: (order.purchased_at, order.order_id))
    return Olist(
        orders=orders,
        sellers={
            row["seller_id"]: f"{row['seller_city']}, {row['seller_state']}"
            for _, row in _rows(folder / "sellers.csv")
        },
        categories=_categories(folder),
        zero_payments=zeros,
    )


def _rows(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with file.open(newline="", encoding="utf-8-sig") as source:
        for number, row in enumerate(csv.DictReader(source), start=2):
            yield f"{file.name}, line {number}", row


def _minor(text: str, where: str) -> int:
    """Decimal text to cents, exactly: a third decimal is an error, not a rounding."""
    try:
        minor = Decimal(text) * 100
    except InvalidOperation as error:
        raise RowsInvalid(f"{where}: {text!r} is no amount") from error
    if not minor.is_finite() or minor != int(minor):
        raise RowsInvalid(f"{where}: {text!r} has more than two decimals")
    return int(minor)


def _time(text: str, default: datetime | None, where: str) -> datetime:
    if not text and default is not None:
        return default
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise RowsInvalid(f"{where}: {text!r} is no time") from error


def _items(folder: Path) -> dict[str, list[Item]]:
    items: dict[str, list[tuple[int, Item]]] = defaultdict(list)
    for where, row in _rows(folder / "order_items.csv"):
        item = Item(
            product_id=row["product_id"],
            seller_id=row["seller_id"],
            price_minor=_minor(row["price"], where),
            freight_minor=_minor(row["freight_value"], where),
        )
        items[row["order_id"]].append((int(row["order_item_id"]), item))
    return {
        order_id: [item for _, item in sorted(found, key=lambda pair: pair[0])]
        for order_id, found in items.items()
    }


def _payments(folder: Path) -> tuple[dict[str, list[PaymentRow]], int]:
    """By order, the smallest first: an order is then covered by its last payment only."""
    payments: dict[str, list[PaymentRow]] = defaultdict(list)
    zeros = 0
    for where, row in _rows(folder / "order_payments.csv"):
        payment = PaymentRow(
            sequential=int(row["payment_sequential"]),
            kind=row["payment_type"],
            amount_minor=_minor(row["payment_value"], where),
        )
        if payment.amount_minor == 0:
            zeros += 1
        else:
            payments[row["order_id"]].append(payment)
    for found in payments.values():
        found.sort(key=lambda payment: (payment.amount_minor, payment.sequential))
    return payments, zeros


def _categories(folder: Path) -> dict[str, str]:
    """English category by product."""
    english = {
        row["product_category_name"]: row["product_category_name_english"]
        for _, row in _rows(folder / "product_category_name_translation.csv")
    }
    return {
        row["product_id"]: english.get(
            row["product_category_name"], row["product_category_name"] or UNCATEGORISED
        )
        for _, row in _rows(folder / "products.csv")
    }


def _order(
    row: dict[str, str],
    where: str,
    items: dict[str, list[Item]],
    payments: dict[str, list[PaymentRow]],
) -> OrderRow:
    purchased = _time(row["order_purchase_timestamp"], None, where)
    approved = _time(row["order_approved_at"], purchased, where)
    carrier = _time(row["order_delivered_carrier_date"], approved, where)
    return OrderRow(
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        status=row["order_status"],
        purchased_at=purchased,
        approved_at=approved,
        carrier_at=carrier,
        delivered_at=_time(row["order_delivered_customer_date"], carrier, where),
        items=tuple(items.get(row["order_id"], ())),
        payments=tuple(payments.get(row["order_id"], ())),
    )
