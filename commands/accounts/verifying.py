"""Sellers say who they are, and the state's registers are asked."""

from datetime import datetime
from typing import Any

import msgspec

from commands.accounts.means import Means, asked, cause
from commands.accounts.owners import verification_of
from commands.accounts.requisites import judge
from commands.command import Actor
from commands.outside.tax.dadata import NAME as DADATA
from commands.outside.tax.npd import NAME as NPD
from commands.records.requisites import queries as requisites
from commands.records.requisites.queries import Details
from commands.streams.seller_verification.messages import (
    RequestSellerCheck,
    SubmitSellerDetails,
)
from commands.streams.seller_verification.refusals import DetailsUnknown
from commands.streams.seller_verification.state import Said
from eventstore.events.seller_verification import seller_verification_stream

# Who is asked of whom.
REGISTERS = {"company": DADATA, "sole_trader": DADATA, "self_employed": NPD}


class Seen(msgspec.Struct, frozen=True):
    """As the seller sees it."""

    details: Details
    asking: bool
    found: str


class Verifying:
    def __init__(self, means: Means) -> None:
        self._means = means

    async def submit(self, details: Details, now: datetime, *, by: Actor, session: str = "") -> str:
        """The check's id.

        Raises `RequisiteInvalid`, `NotYours`, `SellerUnknown`, `CheckUnderWay`.
        """
        kept = msgspec.structs.replace(details, details_id=self._means.new_id())
        judge(kept)
        check_id = self._means.new_id()
        async with self._means.records.connection() as connection:
            await requisites.add(connection, kept, now)
        command = SubmitSellerDetails(
            seller_id=kept.seller_id,
            details_id=kept.details_id,
            check_id=check_id,
            kind=kept.kind,
            provider=REGISTERS[kept.kind],
            **asked(by, now),
        )
        await self._send(command, f"{check_id}/submit", kept.seller_id, session)
        return check_id

    async def check(self, seller_id: str, now: datetime, *, by: Actor, session: str = "") -> str:
        """Of what was submitted, again. Raises `DetailsUnknown`, `CheckUnderWay`."""
        check_id = self._means.new_id()
        command = RequestSellerCheck(seller_id=seller_id, check_id=check_id, **asked(by, now))
        await self._send(command, f"{check_id}/check", seller_id, session)
        return check_id

    async def seen(self, seller_id: str) -> Seen:
        """Raises `DetailsUnknown`."""
        async with self._means.records.connection() as connection:
            said = await verification_of(connection, seller_id)
            found = (
                await requisites.of(connection, said.details_id) if isinstance(said, Said) else None
            )
        if not isinstance(said, Said) or found is None:
            raise DetailsUnknown(field="seller_id")
        return Seen(found, bool(said.asking), said.found or "")

    async def _send(self, command: Any, what: str, seller_id: str, session: str) -> None:
        why = cause(f"verification/{what}", seller_verification_stream(seller_id))
        await self._means.dispatch(command, msgspec.structs.replace(why, session=session))
