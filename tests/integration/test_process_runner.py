"""Each process manager by itself: its place in the log, its beginning, and what waits for it."""

from collections.abc import Sequence

from commands.command import Policy
from commands.processes.process import NoState, Process
from commands.processes.reactions import Reaction, Schedule
from commands.runner import parked
from commands.runner.process_runner import ProcessRunner
from eventstore import reader
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.payment import PaymentStarted
from tests.integration.outside_bench import Bench, run


class Notes(Process[NoState]):
    """Sets a deadline for each payment; `broken` ones it cannot take."""

    name = "notes"
    state_type = NoState
    broken = False

    def interested(self, event: Event) -> str | None:
        return event.payment_id if isinstance(event, PaymentStarted) else None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:
        if self.broken:
            raise ZeroDivisionError
        return [Schedule(f"{recorded.position}", recorded.envelope.recorded_at)]


class Others(Notes):
    name = "others"


class Late(Notes):
    name = "late"
    start = "now"


async def caught_up(bench: Bench, *processes: Process[NoState]) -> ProcessRunner:
    runner = ProcessRunner(processes, bench.dispatch)
    # The lock is the connection's: as often as it is taken it is let go.
    await runner.resume(bench.connection)
    while rows := await reader.rows_after(bench.connection, runner.position):
        await runner.apply(bench.connection, rows)
    return runner


async def noted(bench: Bench, process: str) -> int:
    query = f"SELECT count(*) FROM deadline WHERE process = '{process}'"
    ((count,),) = await bench.rows(query)
    return int(count)


def test_an_event_that_one_process_cannot_take_waits_for_it_alone(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        broken, sound = Notes(Policy()), Others(Policy())
        broken.broken = True
        runner = await caught_up(bench, broken, sound)
        assert (await noted(bench, "notes"), await noted(bench, "others")) == (0, 1)
        (waits,) = await parked.listed(bench.connection, 9)
        assert (waits.process, waits.problem) == ("notes", "ZeroDivisionError: ")
        places = {one.process: one for one in await parked.places(bench.connection)}
        assert (places["notes"].behind, places["notes"].parked) == (0, 1)

        assert await runner.retry(bench.connection) == 0  # Nobody has asked for it.
        assert await parked.retry(bench.connection, "notes") == 1
        assert await runner.retry(bench.connection) == 1
        (waits,) = await parked.listed(bench.connection, 9)
        assert (waits.attempts, waits.retry) == (2, False)

        broken.broken = False
        assert await parked.retry(bench.connection) == 1
        assert await runner.retry(bench.connection) == 1
        assert await parked.listed(bench.connection, 9) == []
        assert await noted(bench, "notes") == 1

    run(dsn, work)


def test_a_new_process_begins_where_it_says_and_the_others_go_on(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await caught_up(bench, Notes(Policy()))
        runner = await caught_up(bench, Notes(Policy()), Others(Policy()), Late(Policy()))
        head = await reader.head(bench.connection)
        assert runner.position == head
        seen = [await noted(bench, name) for name in ("notes", "others", "late")]
        assert seen == [1, 1, 0]

    run(dsn, work)


def test_an_event_that_cannot_be_read_is_passed_and_waits(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.rows_none("UPDATE stored_events SET state = '{}' WHERE notification_id = 1")
        await caught_up(bench, Notes(Policy()))
        (waits,) = await parked.listed(bench.connection, 9)
        assert waits.position == 1
        assert await noted(bench, "notes") == 1

    run(dsn, work)
