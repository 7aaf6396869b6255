"""API keys, as both sides know them."""

from commands.records.api_keys.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="api_keys", erase=erase, expire=expire)
