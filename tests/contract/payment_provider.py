"""What every payment provider's adapter must do: inherited by each adapter's test."""

from collections.abc import Callable

import msgspec
import pytest

from commands.outside.payments.call import Charge, Payout, Refund
from commands.outside.port import Adapter, AnswerMismatch, Declined, Succeeded
from eventstore.values import Money
from tests.contract.sources import Sources

type Run = Callable[..., object]


class PaymentProviderContract:
    """Subclasses give the fixtures `provider`, `sources` and `run` (coroutine to result)."""

    def call(self, key: str, source: str, amount_minor: int = 1000) -> Charge:
        return Charge(
            provider="p",
            key=key,
            source=source,
            amount=Money(amount_minor, "EUR"),
            order_id="o",
        )

    def refund(self, key: str, charge: str, amount_minor: int) -> Refund:
        return Refund(
            provider="p",
            key=key,
            charge_reference=charge,
            amount=Money(amount_minor, "EUR"),
            refund_id=key,
            payment_id="p",
        )

    def payout(self, key: str, destination: str) -> Payout:
        return Payout(
            provider="p",
            key=key,
            destination=destination,
            amount=Money(1000, "EUR"),
            seller_id="s",
        )

    def test_one_key_moves_money_once(
        self, provider: Adapter, sources: Sources, run: Run, key: str
    ) -> None:
        first = run(provider.execute(self.call(key, sources.succeeds)))
        again = run(provider.execute(self.call(key, sources.succeeds)))
        assert isinstance(first, Succeeded)
        assert again == first

    def test_what_was_never_asked_is_not_found(self, provider: Adapter, run: Run, key: str) -> None:
        for call in (self.call(key, "x"), self.refund(key, "x", 1), self.payout(key, "x")):
            assert run(provider.find(call)) is None

    def test_a_call_is_found_by_its_key(
        self, provider: Adapter, sources: Sources, run: Run, key: str
    ) -> None:
        made = run(provider.execute(self.call(key, sources.succeeds)))
        assert run(provider.find(self.call(key, sources.succeeds))) == made

    def test_another_amount_or_currency_than_asked_is_no_outcome(
        self, provider: Adapter, sources: Sources, run: Run, key: str
    ) -> None:
        """The provider has under our key what we did not ask for: a person must look."""
        run(provider.execute(self.call(key, sources.succeeds)))
        other = self.call(key, sources.succeeds, amount_minor=999)
        foreign = msgspec.structs.replace(other, amount=Money(1000, "USD"))
        for call in (other, foreign):
            with pytest.raises(AnswerMismatch):
                run(provider.find(call))
            with pytest.raises(AnswerMismatch):
                run(provider.execute(call))

    def test_a_decline_is_an_outcome_with_a_reason(
        self, provider: Adapter, sources: Sources, run: Run, key: str
    ) -> None:
        declined = run(provider.execute(self.call(key, sources.is_declined)))
        assert isinstance(declined, Declined)
        assert declined.reason
        assert isinstance(run(provider.find(self.call(key, sources.is_declined))), Declined)

    def test_refunds_are_bounded_by_the_charge(
        self, provider: Adapter, sources: Sources, run: Run, key: str
    ) -> None:
        charge = run(provider.execute(self.call(key, sources.succeeds)))
        assert isinstance(charge, Succeeded)
        first = run(provider.execute(self.refund(f"{key}:1", charge.reference, 600)))
        assert isinstance(first, Succeeded)
        beyond = run(provider.execute(self.refund(f"{key}:2", charge.reference, 401)))
        assert isinstance(beyond, Declined)
        rest = run(provider.execute(self.refund(f"{key}:3", charge.reference, 400)))
        assert isinstance(rest, Succeeded)
