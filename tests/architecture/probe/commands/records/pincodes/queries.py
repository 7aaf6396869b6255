"""What is kept of pincodes: never the code."""

import bcrypt

from commands.records.record import Connection

SET = (
    "INSERT INTO pincodes.pincode (account_id, hashed) VALUES (%s, %s)"
    " ON CONFLICT (account_id) DO UPDATE SET hashed = excluded.hashed"
)
ERASE = "DELETE FROM pincodes.pincode WHERE account_id = %s"


async def keep(connection: Connection, account_id: str, code: str) -> None:
    hashed = bcrypt.hashpw(code.encode(), bcrypt.gensalt(4))
    await connection.execute(SET, [account_id, hashed])


async def erase(connection: Connection, subject: str) -> int:
    return (await connection.execute(ERASE, [subject])).rowcount
