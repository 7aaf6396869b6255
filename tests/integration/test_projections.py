"""Read models on the running stack: what fails is held up alone, and nothing is skipped."""

import asyncio

import pytest
from psycopg import AsyncConnection

from projections import checkpoints, control
from projections.checkpoints import CheckpointMoved
from projections.keys import bucket_of
from projections.rebuilding.build import NotRebuilt
from projections.rebuilding.rebuild import AlreadyRebuilding, Rebuild, silently
from projections.rebuilding.verify import OtherVersion, Verify
from projections.running import parking
from projections.running.parking import NothingParked
from projections.running.parts import PartOf, split
from tests.conftest import Api, Shop
from tests.integration.projection_lab import AwayModel, Lab, Poisoned, in_lab, until


def test_a_money_model_stops_before_what_it_cannot_apply(api: Api) -> None:
    poison = Shop(api).seller
    Shop(api)
    healthy, sick = Poisoned(), Poisoned(poison, money=True)

    async def play(lab: Lab) -> None:
        head = await lab.head()
        async with lab.running(healthy.model, sick.model):
            await lab.passed(healthy.name, head)

            async def stopped() -> bool:
                return (await lab.standing(sick.name)).stopped

            await until(stopped)
            standing = await lab.standing(sick.name)
            assert "poison" in str(standing.problem)
            at = await lab.rows(
                "SELECT notification_id FROM stored_events WHERE originator_id = %s",
                f"seller-{poison}",
            )
            assert standing.position == at[0][0] - 1
            assert not await parking.listed(lab.connection, sick.name)
            sick.poison = None
            await control.hold(lab.connection, sick.name, paused=False)
            await lab.passed(sick.name, head)
        seen = [await lab.rows(f"SELECT count(*) FROM rm_{m.name}.seen") for m in (healthy, sick)]
        assert seen[0] == seen[1]

    in_lab(api, play, healthy, sick)


def test_another_model_parks_one_key_goes_on_and_is_driven_in_again_in_order(api: Api) -> None:
    shop, other = Shop(api), Shop(api)
    sick = Poisoned(shop.seller)

    async def play(lab: Lab) -> None:
        name = sick.name
        async with lab.running(sick.model):
            await lab.passed(name, await lab.head())
            api.ok("operator:t", f"/v1/sellers/{shop.seller}/suspend", {"reason": "test"})
            api.ok("operator:t", f"/v1/sellers/{other.seller}/suspend", {"reason": "test"})
            await lab.passed(name, await lab.head())
        parked = await parking.listed(lab.connection, name)
        assert [(p.key, p.event, p.error and p.error[:10]) for p in parked] == [
            (f"seller-{shop.seller}", "seller.registered.v2", "ValueError"),
            (f"seller-{shop.seller}", "seller.suspended.v1", None),
        ]
        assert shop.seller in parked[0].payload
        found = await lab.rows(
            f"SELECT status FROM rm_{name}.seen WHERE seller_id = %s", other.seller
        )
        assert found == [("suspended",)]
        stuck = await control.retry(lab.connection, sick.model, None)
        assert (stuck.applied, stuck.left) == (0, 2)
        assert (await parking.listed(lab.connection, name))[0].attempts == 2
        sick.poison = None
        done = await control.retry(lab.connection, sick.model, f"seller-{shop.seller}")
        assert (done.applied, done.left) == (2, 0)
        found = await lab.rows(
            f"SELECT status FROM rm_{name}.seen WHERE seller_id = %s", shop.seller
        )
        assert found == [("suspended",)]
        verified = await Verify(lab.dsn, sick.model, silently).run()
        assert verified.comparison.different == 0

    in_lab(api, play, sick)


def test_what_is_dropped_is_kept_with_its_reason_and_not_met_again(api: Api) -> None:
    shop = Shop(api)
    sick = Poisoned(shop.seller)

    async def play(lab: Lab) -> None:
        async with lab.running(sick.model):
            await lab.passed(sick.name, await lab.head())
        (parked,) = await parking.listed(lab.connection, sick.name)
        with pytest.raises(NothingParked):
            await parking.drop(lab.connection, sick.name, parked.position + 1, "no")
        await parking.drop(lab.connection, sick.name, parked.position, "a test's poison")
        kept = await lab.rows(
            "SELECT reason, error FROM projection.dropped WHERE name = %s", sick.name
        )
        assert kept == [("a test's poison", "ValueError: poison")]
        done = await Rebuild(lab.dsn, sick.model, silently, 0).run()
        assert (done.parked, done.comparison and done.comparison.different) == (0, 0)

    in_lab(api, play, sick)


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


def test_parts_park_their_own_keys_and_splitting_loses_none(api: Api) -> None:
    poisoned = Shop(api)
    model = Poisoned(poisoned.seller)

    async def play(lab: Lab) -> None:
        name = model.name
        async with lab.running(model.model):
            await lab.passed(name, await lab.head())
        await split(lab.connection, model.model, 2)
        path = f"/v1/sellers/{poisoned.seller}/suspend"
        owner = bucket_of(f"seller-{poisoned.seller}", 2)
        parts = [PartOf(model.model, part, 2) for part in range(2)]
        await asyncio.to_thread(api.ok, "operator:t", path, {"reason": "test"})
        async with lab.running(parts[1 - owner]):
            await lab.passed(parts[1 - owner].name, await lab.head())
        assert len(await parking.listed(lab.connection, name)) == 1
        await split(lab.connection, model.model, 1)
        parked = await parking.listed(lab.connection, name)
        assert [one.event for one in parked] == ["seller.registered.v2", "seller.suspended.v1"]
        model.poison = None
        assert (await control.retry(lab.connection, model.model, None)).left == 0
        verified = await Verify(lab.dsn, model.model, silently).run()
        assert verified.comparison.different == 0

    in_lab(api, play, model)


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
