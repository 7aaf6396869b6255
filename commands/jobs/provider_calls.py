"""The work that dramatiq carries: one call to a provider, its outcome into the log."""

from collections.abc import Callable, Mapping
from datetime import datetime

from commands.dispatch import Cause, Dispatch
from commands.gateways.outcomes import command_for
from commands.gateways.port import OutcomeUnknown, PaymentProvider, Result
from commands.provider_call import ProviderCall
from eventstore.errors import CommandIdReused, Refused


class ProviderCalls:
    """Makes calls so that each may be made again at any time."""

    def __init__(
        self,
        dispatch: Dispatch,
        providers: Mapping[str, PaymentProvider],
        clock: Callable[[], datetime],
    ) -> None:
        self._dispatch = dispatch
        self._providers = providers
        self._clock = clock

    async def make(self, call: ProviderCall) -> None:
        """Raises `Unreachable` or `OutcomeUnknown`: the call is then made again later."""
        result = await self._result(self._providers[call.provider], call)
        command = command_for(call, result, self._clock())
        if command is None:
            return
        name = type(command).__name__
        cause = Cause(
            command_id=f"{call.provider}/{call.kind}/{call.key}/{name}",
            correlation_id=call.correlation_id,
            causation_id=f"call:{call.kind}/{call.key}",
        )
        try:
            await self._dispatch(command, cause)
        except (Refused, CommandIdReused):
            # A webhook was faster, with the same outcome or a later one.
            return

    async def _result(self, provider: PaymentProvider, call: ProviderCall) -> Result:
        """Look first: what the provider has seen is never asked for again blindly."""
        known = await provider.find(call.kind, call.key)
        if known is not None:
            return known
        try:
            return await provider.execute(call)
        except OutcomeUnknown:
            found = await provider.find(call.kind, call.key)
            if found is None:
                raise
            return found
