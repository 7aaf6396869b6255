"""Examples in the OpenAPI documents are what the APIs take and give."""

from typing import Any

import msgspec
import pytest

from deploy.http.openapi import describe
from projections.audit.queries import AuditEvent
from projections.ledger.queries import TrialBalance
from projections.listing_search.queries import SearchResult
from projections.listings.queries import ListingView
from projections.orders.queries import OrderSummary, TimelineEntry
from projections.sales.queries import FunnelRow, RefundsRow, SalesRow
from projections.sellers.queries import SellerBalance
from read_api.app import read_app
from read_api.examples import RESPONSES as READ
from read_api.reader import Page
from read_api.routes.explain import Explanation
from read_api.routes.orders import OrderView
from write_api import bodies
from write_api.app import write_app
from write_api.examples import REQUESTS

BODIES: dict[str, Any] = {
    "/v1/sellers": bodies.SellerBody,
    "/v1/listings": bodies.ListingBody,
    "/v1/listings/{listing_id}/price": bodies.PriceBody,
    "/v1/listings/{listing_id}/stock": bodies.StockBody,
    "/v1/shipping-quotes": bodies.QuoteBody,
    "/v1/orders": bodies.OrderBody,
    "/v1/orders/{order_id}/payments": bodies.PaymentBody,
    "/v1/orders/{order_id}/shipments": bodies.ShipmentBody,
    "/v1/orders/{order_id}/shipments/{seller_id}/deliver": bodies.EmptyBody,
    "/v1/orders/{order_id}/shipments/{seller_id}/confirm": bodies.EmptyBody,
    "/v1/orders/{order_id}/shipments/{seller_id}/release": bodies.ReleaseBody,
    "/v1/orders/{order_id}/refunds": bodies.RefundBody,
    "/v1/refunds/{refund_id}/approve": bodies.EmptyBody,
    "/v1/refunds/{refund_id}/legs/{payment_id}/settle": bodies.LegBody,
    "/v1/payouts": bodies.PayoutBody,
}
VIEWS: dict[str, Any] = {
    "/v1/orders": Page[OrderSummary],
    "/v1/orders/{order_id}": OrderView,
    "/v1/orders/{order_id}/timeline": list[TimelineEntry],
    "/v1/listings/search": SearchResult,
    "/v1/listings/{listing_id}": ListingView,
    "/v1/sellers/{seller_id}/balance": SellerBalance,
    "/v1/ledger/trial-balance": TrialBalance,
    "/v1/analytics/sales": list[SalesRow],
    "/v1/analytics/refunds": list[RefundsRow],
    "/v1/analytics/funnel": list[FunnelRow],
    "/v1/audit/events": Page[AuditEvent],
    "/v1/explain/{read_model}/{field}": Explanation,
}


@pytest.mark.parametrize(("method", "path"), list(REQUESTS))
def test_a_request_example_would_be_taken(method: str, path: str) -> None:
    kind = BODIES.get(path, bodies.ReasonBody)
    msgspec.convert(REQUESTS[method, path], kind)


@pytest.mark.parametrize(("method", "path"), list(READ))
def test_an_answer_example_has_the_answer_s_shape(method: str, path: str) -> None:
    msgspec.convert(READ[method, path], VIEWS[path])


def test_every_example_belongs_to_a_route() -> None:
    services: Any = msgspec.defstruct("Services", [])()
    describe(write_app(services, exception_handlers={}), REQUESTS, {})
    read = read_app(services, exception_handlers={})
    describe(read, {}, READ)
    schema = read.openapi_schema.to_schema()
    answer = schema["paths"]["/v1/orders"]["get"]["responses"]["200"]
    headers = {
        p["name"]: p["required"]
        for p in schema["paths"]["/v1/orders"]["get"]["parameters"]
        if p["in"] == "header"
    }
    assert headers == {"Read-After": False, "Read-Wait-Ms": False}
    assert schema["paths"]["/v1/orders"]["get"]["security"] == [{"bearer": []}]
    assert "4XX" in schema["paths"]["/v1/orders"]["get"]["responses"]
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    shown = answer["content"]["application/json"]["example"]
    assert shown["items"][0]["order_id"] == READ["get", "/v1/orders"]["items"][0]["order_id"]
