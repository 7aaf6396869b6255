"""What each test token makes happen, as data."""

from typing import Literal

import msgspec
from msgspec.structs import replace

from deploy.sandbox.objects import Name

Result = Literal["ok", "pending", "failed"]


class Kind(msgspec.Struct, frozen=True):
    """One kind of money movement and the words the protocol has for it."""

    name: Name
    prefix: str
    success: str

    def word(self, result: Result) -> str:
        """Return the status in which an object of this kind shows `result`."""
        return self.success if result == "ok" else result


class Step(msgspec.Struct, frozen=True):
    """One later webhook: it tells `result`, and is delivered `copies` times."""

    result: Result
    copies: int = 1


class Scenario(msgspec.Struct, frozen=True):
    """The course of one request.

    The object starts as `first`; each of `steps` is told by webhook, in that order, and a step
    whose result differs from `first` changes the object when it falls due. The first
    `unavailable` tries of a key are refused; the first `lost` ones hold the answer and make
    nothing; `held` holds back the answer about an object that was made.
    """

    first: Result
    steps: tuple[Step, ...] = ()
    failure_code: str = "insufficient_funds"
    unavailable: int = 0
    lost: int = 0
    held: bool = False


KINDS = {
    "charges": Kind("charge", "ch_", "succeeded"),
    "refunds": Kind("refund", "re_", "succeeded"),
    "payouts": Kind("payout", "po_", "paid"),
}

_OK = Scenario("ok", (Step("ok"),))
_DECLINED = Scenario("failed")
_ASYNC = Scenario("pending", (Step("ok"),))
_ASYNC_DECLINED = Scenario("pending", (Step("failed"),))
_LATE_FAILURE = Scenario("ok", (Step("ok"), Step("failed")), failure_code="reversed_by_bank")
_TIMEOUT = replace(_OK, held=True)
_UNAVAILABLE = replace(_OK, unavailable=2)

SOURCES = {
    "tok_ok": _OK,
    "tok_declined": _DECLINED,
    "tok_async": _ASYNC,
    "tok_async_declined": _ASYNC_DECLINED,
    "tok_twice": Scenario("pending", (Step("ok", copies=2),)),
    "tok_out_of_order": Scenario("pending", (Step("ok"), Step("pending"))),
    "tok_timeout": _TIMEOUT,
    "tok_timeout_lost": replace(_OK, lost=1),
    "tok_unavailable": _UNAVAILABLE,
    "tok_late_failure": _LATE_FAILURE,
    "tok_refund_async": _OK,
    "tok_refund_declined": _OK,
    "tok_refund_timeout": _OK,
}

DESTINATIONS = {
    "dest_ok": _OK,
    "dest_async": _ASYNC,
    "dest_declined": _DECLINED,
    "dest_late_failure": _LATE_FAILURE,
    "dest_timeout": _TIMEOUT,
    "dest_unavailable": _UNAVAILABLE,
}

_REFUNDS = {
    "tok_refund_async": _ASYNC,
    "tok_refund_declined": replace(_ASYNC_DECLINED, failure_code="refund_declined"),
    "tok_refund_timeout": _TIMEOUT,
}


def of_refund(source: str) -> Scenario:
    """Return the course of a refund of a charge that was made from `source`."""
    return _REFUNDS.get(source, _OK)
