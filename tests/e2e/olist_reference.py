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


def lines(folder: Path) -> list[dict[str, Any]]:
    """Every line of an order that has any, with what reports group by."""
    english = {
        row["product_category_name"]: row["product_category_name_english"]
        for row in rows(folder, "product_category_name_translation.csv")
    }
    categories = {
        row["product_id"]: english.get(row["product_category_name"], row["product_category_name"])
        or "uncategorised"
        for row in rows(folder, "products.csv")
    }
    orders = {row["order_id"]: row for row in rows(folder, "orders.csv")}
    return [
        {
            "order_id": row["order_id"],
            "seller": row["seller_id"],
            "category": categories.get(row["product_id"], "uncategorised"),
            "month": orders[row["order_id"]]["order_purchase_timestamp"][:7],
            "status": orders[row["order_id"]]["order_status"],
            "price": cents(row["price"]),
            "shipping": cents(row["freight_value"]),
        }
        for row in rows(folder, "order_items.csv")
        if row["order_id"] in orders
    ]


def ranking(folder: Path, by: str) -> dict[str, tuple[int, int, int, int]]:
    """Orders, units, prices and shipping by seller, category or month."""
    found: dict[str, tuple[int, int, int, int]] = {}
    seen: set[tuple[str, str]] = set()
    for line in lines(folder):
        orders, units, price, shipping = found.get(line[by], (0, 0, 0, 0))
        new = (line[by], line["order_id"]) not in seen
        seen.add((line[by], line["order_id"]))
        amounts = (price + line["price"], shipping + line["shipping"])
        found[line[by]] = (orders + new, units + 1, *amounts)
    return found


def refunds(folder: Path) -> tuple[int, int, int, int]:
    """Orders cancelled, their units, prices and shipping."""
    gone = [line for line in lines(folder) if line["status"] in {"canceled", "unavailable"}]
    return (
        len({line["order_id"] for line in gone}),
        len(gone),
        sum(line["price"] for line in gone),
        sum(line["shipping"] for line in gone),
    )


def funnel(folder: Path) -> dict[str, int]:
    """Orders with lines by the stages that they have reached."""
    status = {line["order_id"]: line["status"] for line in lines(folder)}.values()
    gone = sum(one in {"canceled", "unavailable"} for one in status)
    delivered = sum(one == "delivered" for one in status)
    return {
        "placed": len(status),
        "paid": len(status),
        "shipped": delivered + sum(one == "shipped" for one in status),
        "delivered": delivered,
        "completed": delivered,
        "cancelled": gone,
        "refunded": gone,
    }
