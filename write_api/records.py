"""The connections on which a route's own queries of records run."""

from litestar.datastructures import State

from commands.records.record import Records


def provide_records(state: State) -> Records:
    made: Records = state.records
    return made
