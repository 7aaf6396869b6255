"""One setting: a field of an annotated struct, and how its variable is read."""

import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import NODEFAULT, Meta

PORT_MAX = 65_535
PORT = Meta(ge=1, le=PORT_MAX)


def url(*schemes: str, about: str) -> Meta:
    return Meta(description=f"URL of {about}; if set, it is not embedded", extra={"url": schemes})


def secret(about: str) -> Meta:
    return Meta(description=about, extra={"secret": True})


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """`variable` is its name in the environment."""

    field: str
    variable: str
    kind: Any
    default: Any
    about: str
    low: int | None
    high: int | None
    extra: Mapping[str, Any]

    @property
    def shown_default(self) -> str:
        if "url" in self.extra:
            return "embedded"
        if "secret" in self.extra:
            return "drawn once"
        return str(self.extra.get("in_data", self.default))

    def read(self, environment: Mapping[str, str], data: Path, faults: list[str]) -> object:
        """Its value; what is wrong with it is added to the faults."""
        text = environment.get(self.variable)
        if "url" in self.extra:
            return self._url(text or "", faults)
        if "secret" in self.extra:
            if not text:
                faults.append(f"{self.variable} is not set")
            return text
        if text is None:
            in_data = self.extra.get("in_data")
            return data / str(in_data) if in_data else self.default
        if get_origin(self.kind) is Literal:
            return self._chosen(text, faults)
        return self._number(text, faults) if self.kind is int else self.kind(text)

    def _url(self, text: str, faults: list[str]) -> str:
        schemes: tuple[str, ...] = self.extra["url"]
        if not text:
            faults.append(f"{self.variable} is not set: start the stack with ./deploy/market up")
        elif urlsplit(text).scheme not in schemes:
            faults.append(f"{self.variable} must begin with {schemes[0]}://")
        return text

    def _chosen(self, text: str, faults: list[str]) -> str:
        choices: tuple[str, ...] = get_args(self.kind)
        if text not in choices:
            faults.append(f"{self.variable} must be {' or '.join(choices)}, not {text!r}")
        return text

    def _number(self, text: str, faults: list[str]) -> int:
        try:
            number = int(text)
        except ValueError:
            faults.append(f"{self.variable} must be a whole number, not {text!r}")
            return int(self.default)
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            faults.append(f"{self.variable} must be from {self.low} to {self.high}, not {number}")
        return number


def settings_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[Setting]:
    """Of a struct's fields that are described."""
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if get_origin(hint) is not Annotated:
            continue
        base, *metas = get_args(hint)
        found = [meta for meta in metas if isinstance(meta, Meta)]
        yield Setting(
            field=field.name,
            variable=f"MARKET_{prefix}{field.name}".upper(),
            kind=base,
            default=None if field.default is NODEFAULT else field.default,
            about=next((meta.description for meta in found if meta.description), ""),
            low=next((meta.ge for meta in found if meta.ge is not None), None),  # type: ignore[arg-type]
            high=next((meta.le for meta in found if meta.le is not None), None),  # type: ignore[arg-type]
            extra=next((meta.extra for meta in found if meta.extra), {}),  # pyright: ignore[reportUnknownArgumentType]
        )
