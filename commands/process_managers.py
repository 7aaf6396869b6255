"""All process managers, a line each."""

from typing import Any

from commands.command import Policy
from commands.processes.call_provider import CallProvider
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.check_sellers import CheckSellers
from commands.processes.lift_restriction_when_over import LiftRestrictionWhenOver
from commands.processes.pay_out_on_schedule import PayOutOnSchedule
from commands.processes.process import Process
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from commands.processes.refund_cancelled_part import RefundCancelledPart
from commands.processes.release_escrow_after_acceptance import ReleaseEscrowAfterAcceptance
from commands.processes.return_overpayment import ReturnOverpayment
from commands.processes.send_notices import SendNotices

PROCESSES: tuple[type[Process[Any]], ...] = (
    ReleaseEscrowAfterAcceptance,
    CancelUnpaidOrder,
    RefundCancelledOrder,
    RefundCancelledPart,
    ReturnOverpayment,
    PayOutOnSchedule,
    CallProvider,
    SendNotices,
    LiftRestrictionWhenOver,
    CheckSellers,
)


def managers_of(policy: Policy) -> list[Process[Any]]:
    return [process(policy) for process in PROCESSES]
