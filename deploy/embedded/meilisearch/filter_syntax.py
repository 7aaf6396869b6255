"""Parsing of filter expressions into a tree of conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from deploy.embedded.meilisearch.documents import Json

_MAX_DEPTH = 100
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<mark>!=|>=|<=|[=<>()\[\],])|(?P<word>[^\s()\[\],=!<>'"]+))"""
)
_COMPARISONS = frozenset(("=", "!=", ">", ">=", "<", "<="))
_KEYWORDS = frozenset(("AND", "OR", "NOT", "IN", "TO", "EXISTS", "IS", "CONTAINS", "STARTS"))


class FilterSyntaxError(Exception):
    """A filter that cannot be parsed; the message says what was expected and where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One attribute tested against values by an operator; `EXISTS` and the like have no values."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negation:
    """The documents that the inner filter does not match."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class Group:
    """Filters of which all, or with `any_of` at least one, must match."""

    parts: tuple[Filter, ...]
    any_of: bool


type Filter = Condition | Negation | Group


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_filter(source: Json) -> Filter | None:
    """The filter of a string or of nested arrays (AND outside, OR inside); None when empty."""
    if source is None or source in ("", []):
        return None
    if isinstance(source, str):
        return _Parser(source).parse() if source.strip() else None
    if isinstance(source, list):
        parts = [_parse_inner(item) for item in source]
        return _group([part for part in parts if part is not None], any_of=False)
    message = f"Invalid syntax for the filter parameter: expected a string or an array: {source}"
    raise FilterSyntaxError(message)


def _parse_inner(source: Json) -> Filter | None:
    if not isinstance(source, list):
        return parse_filter(source)
    parts: list[Filter] = []
    for item in source:
        if not isinstance(item, str):
            message = "Invalid syntax for the filter parameter: arrays nest at most two deep."
            raise FilterSyntaxError(message)
        part = parse_filter(item)
        if part is not None:
            parts.append(part)
    return _group(parts, any_of=True)


def _group(parts: list[Filter], *, any_of: bool) -> Filter | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    return Group(tuple(parts), any_of)


def _tokens(source: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(source.rstrip())
    while position < end:
        match = _TOKEN.match(source, position)
        if match is None:
            message = f"Unexpected characters at position {position + 1}: `{source[position:]}`."
            raise FilterSyntaxError(message)
        kind = match.lastgroup or "word"
        text = match.group(kind)
        if kind == "quoted":
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        elif text in _KEYWORDS:
            kind = "keyword"
        tokens.append(_Token(kind, text, match.start(match.lastgroup or 0)))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = _tokens(source)
        self._next = 0
        self._depth = 0

    def parse(self) -> Filter:
        found = self._either()
        if self._next < len(self._tokens):
            self._refuse("the end of the expression")
        return found

    def _refuse(self, expected: str) -> NoReturn:
        token = self._peek()
        place = "the end of the filter" if token is None else f"`{token.text}`"
        at = len(self._source) if token is None else token.position
        message = f"Was expecting {expected} but found {place}.\n{at + 1}: {self._source}"
        raise FilterSyntaxError(message)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _accept(self, *texts: str) -> str | None:
        """Take the next token when it is one of these marks or keywords."""
        token = self._peek()
        if token is None or token.kind not in ("mark", "keyword") or token.text not in texts:
            return None
        self._next += 1
        return token.text

    def _expect(self, text: str) -> None:
        if self._accept(text) is None:
            self._refuse(f"`{text}`")

    def _either(self) -> Filter:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Group(tuple(parts), any_of=True)

    def _both(self) -> Filter:
        parts = [self._unary()]
        while self._accept("AND"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else Group(tuple(parts), any_of=False)

    def _unary(self) -> Filter:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            message = "The filter exceeded the maximum depth limit. Try splitting the filter."
            raise FilterSyntaxError(message)
        if self._accept("NOT"):
            found: Filter = Negation(self._unary())
        elif self._accept("("):
            found = self._either()
            self._expect(")")
        else:
            found = self._condition()
        self._depth -= 1
        return found

    def _value(self, expected: str) -> str:
        token = self._peek()
        if token is None or token.kind not in ("quoted", "word"):
            self._refuse(expected)
        self._next += 1
        return token.text

    def _condition(self) -> Filter:
        attribute = self._value("an attribute name")
        comparison = self._accept(*_COMPARISONS)
        if comparison:
            return Condition(attribute, comparison, (self._value("a value"),))
        negated = self._accept("NOT") is not None
        found = self._word_operator(attribute, negated=negated)
        return Negation(found) if negated else found

    def _word_operator(self, attribute: str, *, negated: bool) -> Filter:
        if self._accept("EXISTS"):
            return Condition(attribute, "EXISTS")
        if self._accept("IN"):
            return Condition(attribute, "IN", self._list())
        if self._accept("CONTAINS"):
            return Condition(attribute, "CONTAINS", (self._value("a value"),))
        if self._accept("STARTS"):
            self._word("WITH")
            return Condition(attribute, "STARTS WITH", (self._value("a value"),))
        if not negated and self._accept("IS"):
            return self._state(attribute)
        token = self._peek()
        if not negated and token is not None and token.kind != "mark":
            low = self._value("an operator")
            self._expect("TO")
            return Condition(attribute, "TO", (low, self._value("a value")))
        return self._refuse("an operator (=, !=, >, >=, <, <=, TO, IN, EXISTS, IS)")

    def _state(self, attribute: str) -> Filter:
        negated = self._accept("NOT") is not None
        token = self._peek()
        if token is None or token.text not in ("NULL", "EMPTY"):
            self._refuse("`NULL` or `EMPTY`")
        self._next += 1
        found = Condition(attribute, token.text)
        return Negation(found) if negated else found

    def _word(self, text: str) -> None:
        if self._value(f"`{text}`") != text:
            self._refuse(f"`{text}`")

    def _list(self) -> tuple[str, ...]:
        self._expect("[")
        values: list[str] = []
        while not self._accept("]"):
            values.append(self._value("a value"))
            if not self._accept(","):
                self._expect("]")
                break
        return tuple(values)
