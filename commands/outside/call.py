"""What the log says must be asked of the outside, whatever the port."""

from typing import ClassVar, Protocol


class OutsideCall(Protocol):
    """A struct of its port and kind, kept as JSON.

    `key` is our record's id: unique among the calls of its kind to its provider, and what the
    provider knows the call by.
    """

    port: ClassVar[str]
    kind: ClassVar[str]

    @property
    def provider(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def correlation_id(self) -> str: ...
