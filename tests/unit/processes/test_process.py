"""A process that leaves something unsaid says so when it is asked."""

import pytest

from commands.command import Policy
from commands.processes.process import NoState, Process
from eventstore.codec import Recorded
from tests.unit.processes.played import CANCELLED
from tests.unit.samples import AT, ENVELOPE


class Silent(Process[NoState]):
    name = "silent"
    state_type = NoState


def test_what_a_process_does_not_say_is_a_mistake() -> None:
    silent = Silent(Policy())
    recorded = Recorded(
        position=1, stream="order-o1", version=1, name="n", envelope=ENVELOPE, event=CANCELLED
    )
    assert silent.evolve(NoState(), CANCELLED) == NoState()
    with pytest.raises(TypeError, match="silent does not say which events matter to it"):
        silent.interested(CANCELLED)
    with pytest.raises(TypeError, match="silent does not say what follows"):
        silent.react(NoState(), recorded)
    with pytest.raises(TypeError, match="silent sets no deadline such as o1"):
        silent.due("o1", AT)
