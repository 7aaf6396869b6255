"""Translates stored webhook deliveries: looks the object up and records what it is now.

Looking it up makes duplicates, deliveries out of order and late failures harmless.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from commands.dispatch import Cause, Dispatch
from commands.gateways.outcomes import command_for
from commands.gateways.port import DeliveryMalformed, PaymentProvider, Unreachable
from commands.provider_call import ProviderCall
from commands.runner import process_tables as tables
from commands.runner.process_tables import Connection
from eventstore.errors import CommandIdReused, Refused

LIMIT = 200
GIVE_UP_AFTER = timedelta(hours=1)

CALL_OF = "SELECT call FROM provider_call WHERE call_id = %s"

log = logging.getLogger(__name__)


async def translate_inbox(
    connection: Connection,
    dispatch: Dispatch,
    providers: Mapping[str, PaymentProvider],
    now: datetime,
) -> int:
    """How many deliveries were settled; those that cannot be yet stay for the next turn."""
    cursor = await connection.execute(tables.DELIVERIES, [now, LIMIT])
    settled = 0
    for provider, external_id, received_at, body in await cursor.fetchall():
        problem = ""
        try:
            await _translate(
                connection, dispatch, providers[provider], provider, external_id, body, now
            )
        except Unreachable as error:
            if now - received_at < GIVE_UP_AFTER:
                await connection.execute(tables.POSTPONED, [provider, external_id])
                continue
            problem = str(error)
        except (Refused, CommandIdReused, DeliveryMalformed) as error:
            problem = f"{type(error).__name__}: {error}"
            log.warning("delivery %s/%s: %s", provider, external_id, problem)
        await connection.execute(tables.TRANSLATED, [now, problem or None, provider, external_id])
        settled += 1
    return settled


async def _translate(
    connection: Connection,
    dispatch: Dispatch,
    adapter: PaymentProvider,
    provider: str,
    external_id: str,
    body: bytes,
    now: datetime,
) -> None:
    delivery = adapter.read_delivery(bytes(body))
    cursor = await connection.execute(CALL_OF, [delivery.key])
    row = await cursor.fetchone()
    if row is None or not row[0]:
        # The provider was faster than our own reading of the log, or it is not our call.
        raise Unreachable("the call is not known yet")
    call = msgspec.json.decode(bytes(row[0]), type=ProviderCall)
    result = await adapter.find(call.kind, call.key)
    command = command_for(call, result, now) if result is not None else None
    if command is None:
        return
    command_id = f"{provider}/{external_id}/{type(command).__name__}"
    cause = Cause(
        command_id=command_id,
        correlation_id=call.correlation_id,
        causation_id=f"webhook:{provider}/{external_id}",
    )
    await dispatch(command, cause)
