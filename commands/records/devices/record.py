"""Devices, as the write side knows them."""

from commands.records.devices.queries import expire, forget
from commands.records.record import Record

RECORD = Record(name="devices", erase=forget, expire=expire)
