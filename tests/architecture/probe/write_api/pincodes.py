"""Pincodes."""

from typing import Annotated

from commands.records.pincodes import queries
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from commands.command import Answer
from commands.records.record import Records
from eventstore.identity import permission
from write_api.bodies import Body
from write_api.caller import Caller
from write_api.route import Topic, command_route


class PincodeBody(Body, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern="^[0-9]{4}$")]


@command_route(
    "/v1/pincodes",
    tag="pincodes",
    permission=permission("pincodes:set", "buyer"),
    request={"code": "0042"},
)
async def set_pincode(
    data: JSONBody[PincodeBody],
    caller: NamedDependency[Caller],
    records: NamedDependency[Records],
) -> Answer:
    """Set the caller's pincode."""
    async with records.connection() as connection:
        await queries.keep(connection, caller.by.subject, data.code)
    return Answer()


TOPIC = Topic([set_pincode])
