"""The write API: routes translate to commands, dispatch them, translate back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.types import LifespanHook, Middleware

from commands.accounts.desk import Accounts
from commands.accounts.keys import AccountKeys
from commands.outside.inbox import Inbox
from commands.records.record import Records
from write_api import (
    listings,
    operations,
    orders,
    payments,
    payouts,
    refunds,
    restrictions,
    sellers,
    shipments,
    shipping_quotes,
    verification,
    webhooks,
)
from write_api.accounts.caller import provide_visitor
from write_api.accounts.topic import TOPIC as ACCOUNTS
from write_api.caller import Dispatcher, provide_caller, provide_identity
from write_api.records import provide_records
from write_api.route import Topic

# Far more than any body that is valid; all that are under way lie in memory at once.
BODY_BYTES_MAX = 128 * 1024

TOPICS: tuple[Topic, ...] = (
    sellers.TOPIC,
    listings.TOPIC,
    shipping_quotes.TOPIC,
    orders.TOPIC,
    shipments.TOPIC,
    payments.TOPIC,
    refunds.TOPIC,
    payouts.TOPIC,
    webhooks.TOPIC,
    operations.TOPIC,
    ACCOUNTS,
    restrictions.TOPIC,
    verification.TOPIC,
)


type AddressOf = Callable[[str, Sequence[tuple[bytes, bytes]]], str]
"""The client's network address, of the peer's and the request's headers."""


class WriteServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the composition root hands over."""

    clock: Callable[[], datetime]
    dispatch: Dispatcher
    inbox: Inbox
    records: Records
    accounts: Accounts
    address_of: AddressOf
    account_keys: AccountKeys
    origins: frozenset[str]
    providers: frozenset[str]
    store_ready: Callable[[], bool]
    metrics_text: Callable[[], str]


def write_app(
    services: WriteServices,
    *,
    openapi: PluginProtocol,
    exception_handlers: Mapping[type[Exception], Callable[..., Response[Any]]],
    middleware: Sequence[Middleware] = (),
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    app = Litestar(
        route_handlers=[route for topic in TOPICS for route in topic.routes],
        dependencies={
            "caller": Provide(provide_caller),
            "identity": Provide(provide_identity, sync_to_thread=False),
            "visitor": Provide(provide_visitor),
            "records": Provide(provide_records, sync_to_thread=False),
        },
        exception_handlers=dict(exception_handlers.items()),
        middleware=list(middleware),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        request_max_body_size=BODY_BYTES_MAX,
        plugins=[openapi],
        logging_config=None,
    )
    for field in services.__struct_fields__:
        app.state[field] = getattr(services, field)
    return app
