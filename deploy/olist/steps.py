"""What is sent for each row: requests whose ids and keys derive from the row alone."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec

from deploy.client import MarketClient, RequestRefused
from deploy.olist.rows import CURRENCY, Item, Olist, OrderRow

SHIPPED = {"delivered", "shipped"}
CANCELLED = {"canceled", "unavailable"}
OPEN = {"invoiced", "processing", "approved", "created"}
CARRIER = "olist"
QUOTES_MAX = 5


class ListingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A listing with the units that all its orders need and its price at the first of them."""

    item: Item
    units: int
    first_at: datetime


class Reprice(msgspec.Struct, frozen=True):
    listing_id: str
    price_minor: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`reprices` by order: the listings whose price changes just before it."""

    orders: list[OrderRow]
    rejected: list[tuple[OrderRow, str]]
    listings: dict[str, ListingPlan]
    reprices: dict[str, list[Reprice]]
    first_sale: dict[str, datetime]


def plan(olist: Olist) -> Plan:
    """Decide everything that depends on the order of the orders before anything is sent."""
    accepted, rejected = _sift(olist.orders)
    units: dict[str, int] = defaultdict(int)
    first: dict[str, tuple[Item, datetime]] = {}
    prices: dict[str, int] = {}
    reprices: dict[str, list[Reprice]] = defaultdict(list)
    first_sale: dict[str, datetime] = {}
    for order in accepted:
        for item in order.items:
            listing_id = item.listing_id
            units[listing_id] += 1
            first.setdefault(listing_id, (item, order.purchased_at))
            first_sale.setdefault(item.seller_id, order.purchased_at)
            if prices.setdefault(listing_id, item.price_minor) != item.price_minor:
                reprices[order.order_id].append(Reprice(listing_id, item.price_minor))
                prices[listing_id] = item.price_minor
    listings = {
        listing_id: ListingPlan(item=item, units=units[listing_id], first_at=at)
        for listing_id, (item, at) in first.items()
    }
    return Plan(
        orders=accepted,
        rejected=rejected,
        listings=listings,
        reprices=reprices,
        first_sale=first_sale,
    )


def _sift(orders: list[OrderRow]) -> tuple[list[OrderRow], list[tuple[OrderRow, str]]]:
    accepted: list[OrderRow] = []
    rejected: list[tuple[OrderRow, str]] = []
    for order in orders:
        if not order.items:
            rejected.append((order, "no items"))
        elif order.status not in SHIPPED | CANCELLED | OPEN:
            rejected.append((order, f"unknown status {order.status}"))
        else:
            accepted.append(order)
    return accepted, rejected


class Steps:
    """Each step may be sent again at any time: the same key gets the first answer."""

    def __init__(self, client: MarketClient, token: str, olist: Olist, made: Plan) -> None:
        self._client = client
        self._token = token
        self._olist = olist
        self._plan = made

    async def _post(self, path: str, key: str, at: datetime | None = None, **body: Any) -> Any:
        if at is not None:
            body["occurred_at"] = at
        return await self._client.post(path, self._token, f"olist:{key}", body)

    async def seller(self, seller_id: str) -> None:
        await self._post(
            "/v1/sellers",
            f"seller:{seller_id}",
            self._plan.first_sale.get(seller_id, self._olist.orders[0].purchased_at),
            seller_id=seller_id,
            name=f"Seller in {self._olist.sellers[seller_id]}",
            currency=CURRENCY,
        )

    async def listing(self, listing_id: str) -> None:
        planned = self._plan.listings[listing_id]
        item = planned.item
        category = self._olist.categories.get(item.product_id, "uncategorised")
        await self._post(
            "/v1/listings",
            f"listing:{listing_id}",
            planned.first_at,
            listing_id=listing_id,
            seller_id=item.seller_id,
            title=f"{category.replace('_', ' ')} {item.product_id[:8]}",
            category=category,
            price={"amount_minor": item.price_minor, "currency": CURRENCY},
        )
        await self._post(
            f"/v1/listings/{listing_id}/stock",
            f"stock:{listing_id}",
            planned.first_at,
            quantity=planned.units,
        )

    async def place(self, order: OrderRow) -> None:
        """Reprice what the order needs at another price, quote, place."""
        for change in self._plan.reprices.get(order.order_id, ()):
            await self._post(
                f"/v1/listings/{change.listing_id}/price",
                f"reprice:{change.listing_id}:{order.order_id}",
                order.purchased_at,
                price={"amount_minor": change.price_minor, "currency": CURRENCY},
            )
        for attempt in range(1, QUOTES_MAX + 1):
            try:
                await self._place(order, attempt)
            except RequestRefused as refused:
                if refused.code == "order-exists":
                    return  # Placed by an earlier run under a later quote.
                if refused.code != "quote-expired":
                    raise
            else:
                return

    async def _place(self, order: OrderRow, attempt: int) -> None:
        quote_id = f"{order.order_id}-{attempt}"
        lines = [{"listing_id": item.listing_id, "quantity": 1} for item in order.items]
        shipping = [
            {**line, "shipping_minor": item.freight_minor}
            for line, item in zip(lines, order.items, strict=True)
        ]
        await self._post(
            "/v1/shipping-quotes", f"quote:{quote_id}", quote_id=quote_id, lines=shipping
        )
        await self._post(
            "/v1/orders",
            f"order:{quote_id}",
            order.purchased_at,
            order_id=order.order_id,
            buyer_id=order.customer_id,
            lines=lines,
            shipping_quote_id=quote_id,
        )

    async def pay(self, order: OrderRow) -> None:
        for payment in order.payments:
            payment_id = f"{order.order_id}-{payment.sequential}"
            await self._post(
                f"/v1/orders/{order.order_id}/payments",
                f"payment:{payment_id}",
                order.approved_at,
                payment_id=payment_id,
                provider="manual",
                method=payment.kind,
                amount={"amount_minor": payment.amount_minor, "currency": CURRENCY},
            )

    async def fulfil(self, order: OrderRow) -> None:
        """Bring a paid order to where its status says it is."""
        if order.status in CANCELLED:
            await self._post(
                f"/v1/orders/{order.order_id}/cancel",
                f"cancel:{order.order_id}",
                order.approved_at,
                reason=order.status,
            )
        if order.status not in SHIPPED:
            return
        for seller_id in dict.fromkeys(item.seller_id for item in order.items):
            await self._ship(order, seller_id)

    async def _ship(self, order: OrderRow, seller_id: str) -> None:
        part = f"{order.order_id}:{seller_id}"
        path = f"/v1/orders/{order.order_id}/shipments"
        await self._post(
            path,
            f"ship:{part}",
            order.carrier_at,
            seller_id=seller_id,
            carrier=CARRIER,
            tracking_number=f"{order.order_id[:8]}-{seller_id[:8]}",
        )
        if order.status == "delivered":
            at = order.delivered_at
            await self._post(f"{path}/{seller_id}/deliver", f"deliver:{part}", at)
            await self._post(f"{path}/{seller_id}/confirm", f"confirm:{part}", at)

    async def pay_out(self, seller_id: str, at: datetime) -> None:
        await self._post(
            "/v1/payouts",
            f"payout:{seller_id}",
            at,
            payout_id=f"olist-{seller_id}",
            seller_id=seller_id,
            provider="manual",
        )
