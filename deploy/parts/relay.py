"""The part `relay`: the log to NATS."""

from deploy.settings import Settings
from deploy.waiting import waiting
from eventstore.relay import Relay


async def work(settings: Settings) -> None:
    waits = waiting(settings, "relay", "postgresql", "nats")
    await waits.until_there()
    await Relay(settings.database_url, settings.nats_url, waits.teller("relay")).run()
