"""What the import must come to, computed from the CSV files alone."""

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def expected(folder: Path) -> dict[str, Any]:
    items, paid = defaultdict(list), defaultdict(int)
    for row in rows(folder, "order_items.csv"):
        items[row["order_id"]].append((cents(row["price"]), cents(row["freight_value"])))
    payments = rows(folder, "order_payments.csv")
    for row in payments:
        paid[row["order_id"]] += cents(row["payment_value"])
    total: dict[str, Any] = defaultdict(int)
    months: dict[str, int] = defaultdict(int)
    total["ignored_payments"] = sum(cents(row["payment_value"]) == 0 for row in payments)
    for order in rows(folder, "orders.csv"):
        lines, captured = items[order["order_id"]], paid[order["order_id"]]
        if not lines:
            total["rejected"] += 1
            continue
        due = sum(price + freight for price, freight in lines)
        months[order["order_purchase_timestamp"][:7]] += due
        total["accepted"] += 1
        total["captured"] += captured
        if order["order_status"] in {"canceled", "unavailable"}:
            total["refunded"] += captured
            continue
        total["payment_difference"] += captured - due
        if order["order_status"] != "delivered":
            total["held"] += due
            continue
        fees = (Decimal(price) / 10 for price, _ in lines)
        fee = sum(int(amount.quantize(Decimal(1), ROUND_HALF_UP)) for amount in fees)
        total["released"] += due
        total["commission"] += fee
        total["paid_out"] += due - fee
    return {**total, "months": dict(months)}
