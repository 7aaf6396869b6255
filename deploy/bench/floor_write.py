"""The write API without its point: the same application, token check, body decoding and response
encoding, but nothing is decided and nothing is written."""

import argparse
import os
from typing import Any

from commands.accounts.keys import AccountKeys
from commands.accounts.means import Elsewhere
from commands.accounts.texting import Texting
from commands.command import Answer, Command
from commands.dispatch import Cause
from commands.outside.breached.lists import NoList
from commands.outside.inbox import Inbox
from commands.streams.order.messages import OrderAnswer, PlacedLine, PlaceOrder
from commands.streams.payment.messages import PaymentAnswer, StartPayment
from commands.streams.payment.state import MANUAL
from commands.write_model import ANSWERS
from deploy.accounts import make_passwords, wired
from deploy.http.application import make_access
from deploy.http.edge.gate import OpenGate
from deploy.http.metrics import Metrics
from deploy.parts.write import assemble_write_app
from deploy.serve import serve
from deploy.settings import from_environment
from deploy.wiring import clock, make_pool
from eventstore.batch import Outcome
from eventstore.values import Money
from write_api.app import WriteServices

CURRENCY = "EUR"
PRICE_MINOR = 1234


class NothingDispatched:
    """Answers as large and as structured as the real ones."""

    async def __call__(
        self,
        command: Command,
        cause: Cause,  # noqa: ARG002 - the real one's shape
        *,
        hashed: bytes | None = None,  # noqa: ARG002
        expected: tuple[str, int] | None = None,  # noqa: ARG002
    ) -> Outcome:
        return Outcome(1, ANSWERS.encode(_answer(command)))


def _answer(command: Command) -> Answer:
    match command:
        case PlaceOrder():
            return OrderAnswer(
                order_id=command.order_id,
                status="awaiting_payment",
                total=Money(PRICE_MINOR, CURRENCY),
                payment_due_at=command.now,
                lines=tuple(
                    _line(number, line.listing_id) for number, line in enumerate(command.lines)
                ),
            )
        case StartPayment():
            return PaymentAnswer(
                payment_id=command.payment_id,
                order_id=command.order_id,
                amount=Money(PRICE_MINOR, CURRENCY),
                status="captured",
                order_paid=True,
            )
        case _:
            raise TypeError(f"the floor has no answer to a {type(command).__name__}")


def _line(number: int, listing_id: str) -> PlacedLine:
    return PlacedLine(
        line_id=number,
        listing_id=listing_id,
        seller_id="s01",
        quantity=1,
        unit_price_minor=PRICE_MINOR,
        shipping_minor=100,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    settings = from_environment(os.environ)
    metrics = Metrics(dict)
    pool = make_pool(settings.database_url)
    nothing: Any = NothingDispatched()
    services = WriteServices(
        clock=clock,
        dispatch=nothing,
        inbox=Inbox(pool, {}),
        records=pool,
        accounts=wired(
            settings,
            pool,
            nothing,
            make_passwords(settings),
            OpenGate(),
            Elsewhere(),
            Texting(),
            NoList(),
        ),
        address_of=lambda peer, _: peer,
        account_keys=AccountKeys(settings.account_secret),
        origins=frozenset(),
        providers=frozenset({MANUAL}),
        store_ready=lambda: True,
        metrics_text=metrics.text,
    )
    serve(assemble_write_app(services, make_access(settings), metrics), port)


if __name__ == "__main__":
    main()
