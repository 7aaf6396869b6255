"""A restriction with a period is lifted when it is over; one that is lifted before is not."""

from datetime import timedelta
from typing import Any

from commands.command import Actor, Policy
from commands.processes.lift_restriction_when_over import LiftRestrictionWhenOver
from commands.processes.reactions import Schedule, Unschedule
from commands.streams.restriction.messages import LiftRestriction
from eventstore.events.restriction import Kind, RestrictionImposed, RestrictionLifted
from tests.given import at
from tests.unit.facts import ANNA
from tests.unit.processes.played import due, played
from tests.unit.samples import AT

PROCESS = LiftRestrictionWhenOver(Policy())
UNTIL = AT + timedelta(days=3)


def imposed(until: Any, kind: Any = "account", target: str = "a/b:c") -> RestrictionImposed:
    return RestrictionImposed(
        kind=kind,
        target_id=target,
        number=2,
        reason="fraud",
        text="",
        evidence=(),
        until=until,
    )


def test_it_is_lifted_when_its_period_is_over() -> None:
    kinds: tuple[Kind, ...] = ("account", "seller")
    for kind in kinds:
        (scheduled,) = played(PROCESS, [imposed(UNTIL, kind)])
        assert scheduled == Schedule(f"{kind}/2/a/b:c", UNTIL)
        assert due(PROCESS, scheduled) == LiftRestriction(
            kind=kind,
            target_id="a/b:c",
            text="",
            number=2,
            **at(Actor("system", "lift-restriction-when-over"), UNTIL),
        )


def test_one_without_a_period_waits_for_somebody() -> None:
    assert played(PROCESS, [imposed(None)]) == []


def test_one_that_was_lifted_is_over() -> None:
    lifted = RestrictionLifted(kind="account", target_id="a/b:c", number=2, by_time=False, text="")
    assert played(PROCESS, [lifted]) == [Unschedule("account/2/a/b:c")]


def test_nothing_else_matters() -> None:
    assert PROCESS.interested(ANNA) is None
