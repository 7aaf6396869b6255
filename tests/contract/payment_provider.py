"""What every payment provider's adapter must do: inherited by each adapter's test."""

from collections.abc import Callable

from commands.gateways.port import Declined, PaymentProvider, Succeeded
from commands.provider_call import ProviderCall
from eventstore.values import Money
from tests.contract.sources import Sources

type Run = Callable[..., object]


class PaymentProviderContract:
    """Subclasses give the fixtures `provider`, `sources` and `run` (coroutine to result)."""

    def call(self, key: str, source: str, amount_minor: int = 1000) -> ProviderCall:
        return ProviderCall(
            kind="charge",
            provider="p",
            key=key,
            target=source,
            amount=Money(amount_minor, "EUR"),
            subject_id=key,
        )

    def refund(self, key: str, charge: str, amount_minor: int) -> ProviderCall:
        return ProviderCall(
            kind="refund",
            provider="p",
            key=key,
            target=charge,
            amount=Money(amount_minor, "EUR"),
            subject_id=key,
        )

    def test_one_key_moves_money_once(
        self, provider: PaymentProvider, sources: Sources, run: Run, key: str
    ) -> None:
        first = run(provider.execute(self.call(key, sources.succeeds)))
        again = run(provider.execute(self.call(key, sources.succeeds)))
        assert isinstance(first, Succeeded)
        assert again == first

    def test_what_was_never_asked_is_not_found(
        self, provider: PaymentProvider, run: Run, key: str
    ) -> None:
        for kind in ("charge", "refund", "payout"):
            assert run(provider.find(kind, key)) is None

    def test_a_call_is_found_by_its_key(
        self, provider: PaymentProvider, sources: Sources, run: Run, key: str
    ) -> None:
        made = run(provider.execute(self.call(key, sources.succeeds)))
        assert run(provider.find("charge", key)) == made

    def test_a_decline_is_an_outcome_with_a_reason(
        self, provider: PaymentProvider, sources: Sources, run: Run, key: str
    ) -> None:
        declined = run(provider.execute(self.call(key, sources.is_declined)))
        assert isinstance(declined, Declined)
        assert declined.reason
        assert isinstance(run(provider.find("charge", key)), Declined)

    def test_refunds_are_bounded_by_the_charge(
        self, provider: PaymentProvider, sources: Sources, run: Run, key: str
    ) -> None:
        charge = run(provider.execute(self.call(key, sources.succeeds)))
        assert isinstance(charge, Succeeded)
        first = run(provider.execute(self.refund(f"{key}:1", charge.reference, 600)))
        assert isinstance(first, Succeeded)
        beyond = run(provider.execute(self.refund(f"{key}:2", charge.reference, 401)))
        assert isinstance(beyond, Declined)
        rest = run(provider.execute(self.refund(f"{key}:3", charge.reference, 400)))
        assert isinstance(rest, Succeeded)
