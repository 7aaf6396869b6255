"""Requisites of sellers, as the write side knows them."""

from commands.records.record import Connection, Record
from commands.records.requisites.queries import expire


async def erase(_connection: Connection, _account_id: str) -> int:
    """They are a seller's, whose books must say whom it was paid to; no account is named."""
    return 0


RECORD = Record(name="requisites", erase=erase, expire=expire)
