"""What an operator decides in a simulated market, each by what can be sent over a route."""

from collections.abc import Callable

from commands.streams.order.messages import ReleaseFunds
from commands.streams.order.state import Order
from commands.streams.refund.messages import (
    ApproveRefund,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from eventstore.errors import Refused
from tests.property.simulation import Simulation


class Operator:
    """Takes the decisions that nobody else may; `new` names what is asked for."""

    def __init__(self, market: Simulation, new: Callable[[str], str]) -> None:
        self.market = market
        self.chance = market.chance
        self._new = new

    def decide_on(self, refund_id: str) -> None:
        command = self.chance.choice(
            [
                ApproveRefund(refund_id=refund_id, **self.market.at()),
                RejectRefund(refund_id=refund_id, reason="n", **self.market.at()),
            ]
        )
        self.market.send(command)

    def end_leg(self, refund_id: str) -> None:
        """An operator's decision on what a provider has refused: one that is taken."""
        refund = self.market.world.state(f"refund-{refund_id}")
        order = self.market.world.state(f"order-{refund.order_id}")
        ways = [("paid_outside", ""), ("written_off", ""), ("charged_back", "")]
        ways += [("other_payment", charge.payment_id) for charge in order.charges] * 2
        self.chance.shuffle(ways)
        for way, to_payment_id in ways:
            settled = self.market.send(
                SettleRefundLeg(
                    refund_id=refund_id,
                    payment_id=min(refund.failed),
                    way=way,  # type: ignore[arg-type]
                    reason="r",
                    reference="transfer",
                    to_payment_id=to_payment_id,
                    **self.market.at(),
                )
            )
            if not isinstance(settled, Refused):
                return

    def make_open_decisions(self) -> None:
        """Each by what a person can send over a route, and nothing else."""
        for refund in self.market.refunds():
            if refund.status == "requested":
                self.decide_on(refund.refund_id)
            elif refund.failed:
                self.end_leg(refund.refund_id)
        for order in self.market.orders():
            if order.status == "completed" and order.open_difference_minor() > 0:
                self._return_overpaid(order)
            for seller_id, status in order.parts.items():
                if status == "emptied":
                    ids = {"order_id": order.order_id, "seller_id": seller_id}
                    self.market.send(ReleaseFunds(**ids, **self.market.at()))

    def _return_overpaid(self, order: Order) -> None:
        self.market.send(
            RequestRefund(
                refund_id=self._new("refund"),
                order_id=order.order_id,
                reason="overpaid",
                overpaid=True,
                approve=True,
                **self.market.at(),
            )
        )
