"""Provider reports: kept as they were told, once, and by nobody but the provider's own delivery."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from commands.refusals import NotAllowed
from commands.streams.provider_report.decider import key_of
from commands.streams.provider_report.messages import RecordProviderReport
from eventstore.events.provider_report import ProviderReported
from eventstore.values import Money
from tests.given import NOW, at, given
from tests.unit.market import BUYER, SELLER, SYSTEM

SAID: dict[str, Any] = {
    "provider": "sandbox",
    "external_id": "evt_1",
    "kind": "dispute.opened",
    "object_id": "dp_1",
    "concerns": "ch_1",
    "amount": Money(500, "EUR"),
    "happened_at": datetime.fromisoformat("2026-05-01T10:00:00Z"),
}
ONLY = "Reports are recorded from a provider's own deliveries."
REPORTED = ProviderReported(key=key_of("sandbox", "evt_1"), **SAID)


def told(**more: Any) -> RecordProviderReport:
    return RecordProviderReport(**SAID, **(at(SYSTEM) | more))


def test_a_report_is_kept_as_it_was_told() -> None:
    given().when(told()).then(REPORTED)


def test_the_same_delivery_again_is_nothing_new() -> None:
    given(REPORTED).when(told()).then()
    given(REPORTED).when(msgspec.structs.replace(told(), kind="dispute.closed", now=NOW)).then()


def test_another_delivery_and_another_provider_have_keys_of_their_own() -> None:
    keys = {key_of(*pair) for pair in (("a", "b/c"), ("a/b", "c"), ("a", "b"), ("b", "a"))}
    assert len(keys) == 4


@pytest.mark.parametrize("who", [BUYER, SELLER, at()["by"]])
def test_nobody_reports_for_a_provider(who: Any) -> None:
    given().when(told(by=who)).refused(NotAllowed, says=ONLY)
