"""Who tries how often: asked before anything costly is done, and before anything can be learned."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec

from commands.refusals import NotNow

type Kind = Literal["password", "letter", "text", "code", "factor"]


class TooManyTries(NotNow):
    """There were too many tries."""


class ProofRequired(NotNow):
    """There were many tries: this one has to be paid for with some work of the machine's."""

    def __init__(self, challenge: Mapping[str, Any]) -> None:
        super().__init__()
        self.challenge = challenge


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`account` is the address's keyed hash, whether somebody has it or not, or the challenge's id;
    `device` the id of a device that is known to be the account's. `proof` is work that was done.
    """

    kind: Kind
    account: str
    address: str
    device: str = ""
    proof: str = ""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody asks from: a network address, the work that was done for this request, and
    what the program calls itself (`agent`), which is believed for a device's name only.
    """

    address: str
    proof: str = ""
    agent: str = ""

    def attempt(self, kind: Kind, account: str, device: str = "") -> Attempt:
        return Attempt(
            kind=kind, account=account, address=self.address, device=device, proof=self.proof
        )


NOWHERE = Origin(address="")


class Gate(Protocol):
    async def let_through(self, attempt: Attempt) -> None:
        """Raises `ProofRequired`, with what is to be solved, or `TooManyTries`."""
        ...
