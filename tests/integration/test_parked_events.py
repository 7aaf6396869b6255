"""Read models on the running stack: what fails is held up alone, and nothing is skipped."""

import asyncio

import pytest

from projections import control
from projections.keys import bucket_of
from projections.rebuilding.rebuild import Rebuild, silently
from projections.rebuilding.verify import Verify
from projections.running import parking
from projections.running.parking import NothingParked
from projections.running.parts import PartOf, split
from tests.conftest import Api, Shop
from tests.integration.projection_lab import Lab, Poisoned, in_lab, until


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
