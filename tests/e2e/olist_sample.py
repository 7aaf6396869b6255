"""A small sample in the shape of the Olist files, with everything that is awkward in them."""

import csv
from pathlib import Path

STATUSES = ("delivered", "shipped", "invoiced", "processing", "canceled", "unavailable", "created")
ORDERS = 84
PRODUCTS = [f"{number:032x}" for number in range(101, 109)]
SELLERS = [f"{number:032x}" for number in range(1, 6)]

type Rows = list[list[object]]


def write(folder: Path) -> None:
    """Several sellers an order, prices that change, vouchers, cents too few and too many."""
    orders: Rows = []
    items: Rows = []
    payments: Rows = []
    for number in range(ORDERS):
        orders.append(_order(number))
        order_id, status = _id(number), STATUSES[number % len(STATUSES)]
        if status == "unavailable" and number % 2:
            payments.append([order_id, 1, "boleto", 1, "10.00"])
            continue
        due = 0
        for line in range(number % 3 + 1):
            price = 1995 + 10 * (number // 20)
            items.append(_item(number, line, price))
            due += price + 785
        due += {5: 1, 6: -2, 7: 1111}.get(number % 11, 0)
        if number % 5 == 0:
            payments.append([order_id, 2, "voucher", 1, "5.00"])
            payments.append([order_id, 3, "voucher", 1, "0.00"])
            due -= 500
        payments.append([order_id, 1, "credit_card", 2, f"{due / 100:.2f}"])
    _file(
        folder / "orders.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
        orders,
    )
    _file(
        folder / "order_items.csv",
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
        items,
    )
    _file(
        folder / "order_payments.csv",
        "order_id,payment_sequential,payment_type,payment_installments,payment_value",
        payments,
    )
    _write_names(folder)


def _id(number: int) -> str:
    return f"{number + 1000:032x}"


def _at(number: int) -> str:
    return f"2017-{number % 9 + 1:02d}-{number % 27 + 1:02d} 10:{number % 60:02d}:00"


def _order(number: int) -> list[object]:
    status, at = STATUSES[number % len(STATUSES)], _at(number)
    delivered = at if status == "delivered" and number % 3 else ""
    return [_id(number), f"c{number}", status, at, at if number % 4 else "", "", delivered, at]


def _item(number: int, line: int, price: int) -> list[object]:
    product = PRODUCTS[(number + line) % len(PRODUCTS)]
    seller = SELLERS[(number * line) % len(SELLERS)]
    return [_id(number), line + 1, product, seller, _at(number), f"{price / 100:.2f}", "7.85"]


def _write_names(folder: Path) -> None:
    _file(
        folder / "products.csv",
        "product_id,product_category_name",
        [[product, "bebes" if index else ""] for index, product in enumerate(PRODUCTS)],
    )
    _file(
        folder / "sellers.csv",
        "seller_id,seller_zip_code_prefix,seller_city,seller_state",
        [[seller, "1", "brasilia", "DF"] for seller in SELLERS],
    )
    _file(
        folder / "product_category_name_translation.csv",
        "product_category_name,product_category_name_english",
        [["bebes", "baby"]],
    )


def _file(file: Path, header: str, lines: Rows) -> None:
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header.split(","))
        writer.writerows(lines)
