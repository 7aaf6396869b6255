"""Text messages, as they are counted and tried. Hashes of numbers go by themselves within days."""

from commands.records.record import Connection, Record
from commands.records.texts.queries import expire


async def erase(_connection: Connection, _account_id: str) -> int:
    """Nothing here names an account."""
    return 0


RECORD = Record(name="texts", erase=erase, expire=expire)
