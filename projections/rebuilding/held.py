"""Holds a read model still while it is looked at from outside."""

from typing import Literal

from psycopg import AsyncConnection

from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Applied
from projections.running.parts import align


class HeldCheckpoint:
    """Locks a model's checkpoint on a connection of its own, so that nobody moves it.

    Parts of a shared model are brought to one position first, and that is kept.
    """

    def __init__(self, dsn: str, model: Applied) -> None:
        self._dsn = dsn
        self._model = model
        self._connection: Connection | None = None

    async def __aenter__(self) -> Connection:
        self._connection = await AsyncConnection.connect(self._dsn, autocommit=True)
        try:
            await self._connection.execute("BEGIN")
            standings = await checkpoints.of_model(self._connection, self._model.name, lock=True)
            await align(self._connection, self._model, standings)
        except BaseException:
            await self._connection.close()
            raise
        return self._connection

    async def __aexit__(self, failure: type[BaseException] | None, *_: object) -> Literal[False]:
        if self._connection is not None:
            if failure is None:
                await self._connection.execute("COMMIT")
            await self._connection.close()
        return False
