"""All providers with an outside, a line each."""

from commands.outside.payments.sandbox import SANDBOX
from commands.outside.port import Provider

ADAPTERS: tuple[Provider, ...] = (SANDBOX,)
