"""Read models on the running stack: rebuilt beside the live rows, compared, then swapped."""

import asyncio

import pytest
from psycopg import AsyncConnection

from projections.rebuilding.build import NotRebuilt
from projections.rebuilding.rebuild import AlreadyRebuilding, Rebuild, silently
from projections.rebuilding.verify import OtherVersion, Verify
from tests.conftest import Api, Shop
from tests.integration.projection_lab import Lab, Poisoned, in_lab, until


def test_a_rebuild_goes_on_where_it_was_ended_and_compares_before_it_swaps(api: Api) -> None:
    for _ in range(3):
        Shop(api)
    lab_model = Poisoned()

    async def play(lab: Lab) -> None:
        name = lab_model.name
        async with lab.running(lab_model.model):
            await lab.passed(name, await lab.head())
        rows = await lab.rows(f"SELECT seller_id FROM rm_{name}.seen ORDER BY 1")
        await lab.connection.execute(
            f"DELETE FROM rm_{name}.seen WHERE seller_id = %s".encode(), rows[0]
        )
        verified = await Verify(lab.dsn, lab_model.model, silently).run()
        assert [d.key for d in verified.comparison.differences] == [rows[0][0]]
        tried = await Rebuild(lab.dsn, lab_model.model, silently, 0).run(dry_run=True)
        assert not tried.swapped
        assert tried.comparison is not None
        assert [(d.key, d.live) for d in tried.comparison.differences] == [(rows[0][0], None)]
        assert len(await lab.rows(f"SELECT FROM rm_{name}.seen")) == len(rows) - 1
        mended = await Rebuild(lab.dsn, lab_model.model, silently, 0).run()
        assert (mended.resumed, mended.swapped) == (True, True)
        assert await lab.rows(f"SELECT seller_id FROM rm_{name}.seen ORDER BY 1") == rows
        assert (await Verify(lab.dsn, lab_model.model, silently).run()).comparison.different == 0

    in_lab(api, play, lab_model)


def test_a_swap_that_has_to_wait_for_a_reader_loses_nothing(api: Api) -> None:
    """What is replayed in a swap that is given up is replayed again."""
    model = Poisoned()

    async def play(lab: Lab) -> None:
        name = model.name
        await model.model.ensure(lab.connection)
        async with lab.running(model.model):
            await lab.passed(name, await lab.head())
        async with await AsyncConnection.connect(lab.dsn) as reading:
            await reading.execute(f"SELECT count(*) FROM rm_{name}.seen".encode())
            rebuild = Rebuild(lab.dsn, model.model, silently, 0)
            rebuilding = asyncio.create_task(rebuild.run())
            async with lab.running(model.model):
                for _ in range(8):
                    await asyncio.to_thread(Shop, api)
                await lab.passed(name, await lab.head())
            assert not rebuilding.done()
            await reading.rollback()
            assert (await rebuilding).swapped
        async with lab.running(model.model):
            await lab.passed(name, await lab.head())
        verified = await Verify(lab.dsn, model.model, silently).run()
        assert verified.comparison.different == 0

    in_lab(api, play, model)


def test_a_money_model_is_not_rebuilt_past_what_it_cannot_apply(api: Api) -> None:
    shop = Shop(api)
    old = Poisoned(money=True)
    new = Poisoned(shop.seller, money=True, name=old.name, version=2)

    async def play(lab: Lab) -> None:
        async with lab.running(old.model):
            await lab.passed(old.name, await lab.head())
        with pytest.raises(NotRebuilt, match="poison"):
            await Rebuild(lab.dsn, new.model, silently, 0).run()
        assert (await lab.standing(old.name)).version == 1

    in_lab(api, play, old)


def test_one_model_is_rebuilt_by_one_at_a_time(api: Api) -> None:
    model = Poisoned()

    async def play(lab: Lab) -> None:
        await model.model.ensure(lab.connection)
        await lab.rows("SELECT pg_advisory_lock(hashtextextended('rebuild:' || %s, 0))", model.name)
        with pytest.raises(AlreadyRebuilding):
            await Rebuild(lab.dsn, model.model, silently, 0).run()

    in_lab(api, play, model)


def test_a_new_version_is_built_while_the_old_rows_are_read(api: Api) -> None:
    Shop(api)
    old = Poisoned()
    new = Poisoned(name=old.name, version=2)

    async def play(lab: Lab) -> None:
        async with lab.running(old.model):
            await lab.passed(old.name, await lab.head())
        async with lab.running(new.model):
            Shop(api)
            await asyncio.to_thread(lambda: None)
            head = await lab.head()
            with pytest.raises(OtherVersion):
                await Verify(lab.dsn, new.model, silently).run()
            rows = len(await lab.rows(f"SELECT FROM rm_{old.name}.seen"))
            done = await Rebuild(lab.dsn, new.model, silently, 0).run()
            assert (done.comparison, done.swapped) == (None, True)
            assert len(await lab.rows(f"SELECT FROM rm_{old.name}.seen")) == rows + 1
            Shop(api)
            await lab.passed(old.name, await lab.head())
        assert (await lab.standing(old.name)).version == 2
        assert head < await lab.head()

    in_lab(api, play, old)


def test_projectors_of_a_new_version_rebuild_by_themselves(api: Api) -> None:
    Shop(api)
    old = Poisoned()
    new = Poisoned(name=old.name, version=2)

    async def play(lab: Lab) -> None:
        async with lab.running(old.model):
            await lab.passed(old.name, await lab.head())
        await lab.connection.execute(f"UPDATE rm_{old.name}.seen SET status = 'old'".encode())

        async def rebuild(name: str) -> None:
            assert name == old.name
            await Rebuild(lab.dsn, new.model, silently, 0).run()

        async with lab.running(new.model, rebuild=rebuild):

            async def swapped() -> bool:
                return (await lab.standing(old.name)).version == 2

            await until(swapped)
            Shop(api)
            await lab.passed(old.name, await lab.head())
        assert not await lab.rows(f"SELECT FROM rm_{old.name}.seen WHERE status = 'old'")

    in_lab(api, play, old)
