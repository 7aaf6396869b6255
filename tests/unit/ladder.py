"""A ladder of refusals: of several reasons why not, the first in its order is the one given."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from commands.command import Command
from commands.refusals import Refusal
from tests.given import World


class Rung(NamedTuple):
    """A refusal, with the input at fault and its words, and to what it is given."""

    refusal: type[Refusal]
    field: str | None
    says: str | None
    world: Callable[[], World]
    command: Command

    def holds(self) -> None:
        self.world().when(self.command).refused(self.refusal, self.field, self.says)


class Step(NamedTuple):
    refusal: type[Refusal]
    field: str | None
    says: str | None
    world: Callable[[], World] | None
    mended: dict[str, Any]


def rung(
    refusal: type[Refusal],
    field: str | None = None,
    says: str | None = None,
    world: Callable[[], World] | None = None,
    **mended: Any,
) -> Step:
    """What is `mended` of the command, and the `world` if it is another, stay so above."""
    return Step(refusal, field, says, world, mended)


def ladder(world: Callable[[], World], command: Command, *steps: Step) -> list[Rung]:
    """From a command that is wrong in every way: one fault is mended after another."""
    rungs: list[Rung] = []
    for step in steps:
        world = step.world or world
        command = msgspec.structs.replace(command, **step.mended)
        rungs.append(Rung(step.refusal, step.field, step.says, world, command))
    return rungs


def named(value: object) -> str | None:
    """For `ids` of a table of rungs."""
    return value.refusal.code if isinstance(value, Rung) else None
