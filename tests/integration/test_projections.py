"""Read models on the running stack: stores that are away, pauses, parts, and runners in a race."""

import asyncio

import pytest
from psycopg import AsyncConnection

from projections import checkpoints, control
from projections.checkpoints import CheckpointMoved
from projections.rebuilding.rebuild import Rebuild, silently
from projections.rebuilding.verify import Verify
from projections.running import parking
from projections.running.parts import PartOf, split
from tests.conftest import Api, Shop
from tests.integration.projection_lab import AwayModel, Lab, Poisoned, in_lab


def test_a_store_that_is_away_is_tried_again_later_and_nothing_is_parked(api: Api) -> None:
    Shop(api)
    lab_model = Poisoned()
    away = AwayModel(lab_model.projector, times=3)

    async def play(lab: Lab) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with lab.running(away):
            await lab.passed(away.name, await lab.head())
        # Rests of 0.5, 1 and 2 seconds.
        assert loop.time() - began > 3.0
        assert away.tries > away.times
        assert not await parking.listed(lab.connection, away.name)
        assert (await lab.standing(away.name)).problem is None
        assert (await Verify(lab.dsn, away, silently).run()).comparison.different == 0

    in_lab(api, play, lab_model)


def test_a_paused_model_stands_still_until_it_is_resumed(api: Api) -> None:
    model = Poisoned()

    async def play(lab: Lab) -> None:
        async with lab.running(model.model):
            await lab.passed(model.name, await lab.head())
            await control.hold(lab.connection, model.name, paused=True)
            before = await lab.head()
            Shop(api)
            other = Poisoned(name=f"{model.name}_other")
            async with lab.running(other.model):
                await lab.passed(other.name, await lab.head())
            assert (await lab.standing(model.name)).position == before
            await control.hold(lab.connection, model.name, paused=False)
            await lab.passed(model.name, await lab.head())

    in_lab(api, play, model)


def test_parts_share_a_model_and_lose_nothing_when_they_are_ended_and_divided_anew(
    api: Api,
) -> None:
    model = Poisoned()

    async def play(lab: Lab) -> None:
        name = model.name
        async with lab.running(model.model):
            await lab.passed(name, await lab.head())
        await split(lab.connection, model.model, 2)
        first, second = PartOf(model.model, 0, 2), PartOf(model.model, 1, 2)
        async with lab.running(first):
            async with lab.running(second):
                for _ in range(6):
                    Shop(api)
                await lab.passed(name, await lab.head())
            for _ in range(6):
                Shop(api)
            await lab.passed(first.name, await lab.head())
        assert await checkpoints.read(lab.connection, name) < await lab.head()
        await split(lab.connection, model.model, 3)
        assert (await Verify(lab.dsn, model.model, silently).run()).comparison.different == 0
        async with lab.running(*(PartOf(model.model, part, 3) for part in range(3))):
            for _ in range(6):
                Shop(api)
            await lab.passed(name, await lab.head())
            done = await Rebuild(lab.dsn, model.model, silently, 0).run()
            assert done.comparison is not None
            assert done.comparison.different == 0
        await split(lab.connection, model.model, 1)
        async with lab.running(model.model):
            Shop(api)
            await lab.passed(name, await lab.head())
        verified = await Verify(lab.dsn, model.model, silently).run()
        assert verified.comparison.different == 0
        assert verified.comparison.tables[0].live_rows == verified.comparison.tables[0].log_rows

    in_lab(api, play, model)


def test_two_runners_never_apply_an_event_twice(api: Api) -> None:
    """A checkpoint that somebody else has moved stops the one that comes second."""
    model = Poisoned()

    async def play(lab: Lab) -> None:
        connection: AsyncConnection = lab.connection
        assert await checkpoints.begin(connection, model.name)
        assert not await checkpoints.begin(connection, model.name)
        async with connection.transaction():
            await checkpoints.lock_all(connection, {model.name: (0, 0)})
            await checkpoints.put_all(connection, [model.name], 7)
        for expected in ((0, 0), (7, 1)):
            with pytest.raises(CheckpointMoved):
                await checkpoints.lock_all(connection, {model.name: expected})
        assert await checkpoints.read(connection, model.name) == 7

    in_lab(api, play, model)
