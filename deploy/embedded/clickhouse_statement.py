"""Reads one SQL statement: what it does, where its data begins, and what it may not ask for.

The engine's own grants refuse what reaches outside (see clickhouse_access). What they do not know
of is refused here, by name, before the engine sees it. Where this reader and the engine's could
read the same bytes differently, the statement is refused.
"""

import re
from typing import Final

import msgspec

from deploy.embedded.clickhouse_errors import ClickHouseError

# What may stand at the beginning. SYSTEM, ATTACH, BACKUP, KILL, EXECUTE AS and the rest may not.
VERBS: Final = frozenset(
    {
        *("SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "VALUES"),
        *("INSERT", "CREATE", "DROP", "RENAME", "EXCHANGE", "TRUNCATE", "OPTIMIZE"),
        *("ALTER", "DELETE", "UPDATE", "USE", "SET"),
    }
)
# Functions that make rows of their arguments, or read tables that the grants speak of.
TABLE_FUNCTIONS: Final = frozenset(
    {
        *("format", "generaterandom", "generateseries", "generate_series", "input", "merge"),
        *("null", "numbers", "numbers_mt", "primes", "values", "view", "zeros", "zeros_mt"),
    }
)
# Ordinary functions and table settings that reach outside the tables: files, disks, services.
OUTSIDE: Final = frozenset(
    {
        *("file", "disk", "catboostevaluate", "aiclassify", "aiembed", "aiextract", "aifilter"),
        *("aigenerate", "airedact", "aisimilarity", "aitranslate"),
    }
)

_TOKEN: Final = re.compile(
    rb"""(?P<space>\s++|--[^\n]*+|//[^\n]*+|\#[ !][^\n]*+|/\*.*?\*/)
    |(?P<word>\w[\w$]*+)
    |(?P<text>'(?:[^'\\]++|\\.|'')*+')
    |(?P<name>"(?:[^"\\]++|\\.|"")*+"|`(?:[^`\\]++|\\.|``)*+`)
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<stop>;)
    |(?P<unclear>['"`$\x00-\x08\x0e-\x1f\x7f-\xff])|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
# The engine's own bound of a statement (`max_query_size`), which its rows do not count for.
VALUES_MAX: Final = 256 * 1024
_DATA_START: Final = re.compile(rb"[ \t\f]*+\r?\n?")
_FILE_CLAUSES: Final = {
    ("INTO", "OUTFILE"): (358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed"),
    ("FROM", "INFILE"): (78, "UNKNOWN_TYPE_OF_QUERY", "FROM INFILE is not allowed over HTTP"),
}
TOO_MANY_VALUES: Final = (
    f"Max query size exceeded: more than {VALUES_MAX} bytes of VALUES;"
    " insert them with FORMAT, such as FORMAT JSONEachRow"
)


class Statement(msgspec.Struct, frozen=True):
    """One SQL statement; the data of an `INSERT ... FORMAT` is apart from its text."""

    sql: bytes
    verb: str
    insert_format: str = ""
    data: bytes = b""


def denied(what: str) -> ClickHouseError:
    return ClickHouseError.named(497, "ACCESS_DENIED", f"{what} is not allowed on this server")


def read_statement(
    sql: bytes, refused: frozenset[str] = frozenset(), *, values_are_data: bool = True
) -> Statement:
    """Read one statement, refusing a second one and whatever reaches outside the tables.

    `refused` are the engine's table functions, in lower case, that nobody may call.
    """
    reader = _Reader(refused)
    for token in _TOKEN.finditer(sql):
        kind = str(token.lastgroup)
        if not reader.take(kind, token[0]):
            continue
        if reader.data_follows and values_are_data and reader.last == "VALUES":
            # Values may be expressions: they are read like the rest, and that is slow.
            if len(sql) - token.end() > VALUES_MAX:
                raise ClickHouseError.named(62, "SYNTAX_ERROR", TOO_MANY_VALUES)
            reader.take_all(sql, token.end())
            return Statement(sql[: token.start()], "INSERT", "Values", sql[token.end() :])
        if reader.data_follows and reader.before == "FORMAT" and reader.last:
            data = _DATA_START.sub(b"", sql[token.end() :], count=1)
            return Statement(sql[: reader.mark], "INSERT", token[0].decode(), data)
        reader.mark = token.start()
    if reader.first and reader.first not in VERBS:
        raise denied(reader.first)
    return Statement(sql, reader.verb)


class _Reader:
    """What has been seen so far. `last` and `before` are words outside of brackets, else ""."""

    def __init__(self, refused: frozenset[str]) -> None:
        self._refused = refused
        self._callee = ""
        self._words = ("", "")
        self._depth = 0
        self._ended = False
        self.first = self.verb = self.before = self.last = ""
        self.mark = 0

    @property
    def data_follows(self) -> bool:
        return self.verb == "INSERT"

    def take(self, kind: str, token: bytes) -> bool:
        """Whether the token counts. Raises `ClickHouseError` for what is not allowed."""
        if kind == "space":
            self._comment(token)
            return False
        if kind == "unclear":
            raise ClickHouseError.named(62, "SYNTAX_ERROR", f"Cannot read {token!r} outside quotes")
        if self._ended:
            raise ClickHouseError.named(62, "SYNTAX_ERROR", "Multi-statements are not allowed")
        self._ended = kind == "stop"
        self._called(kind, token)
        self._clauses(kind, token)
        return True

    def take_all(self, sql: bytes, start: int) -> None:
        for token in _TOKEN.finditer(sql, start):
            self.take(str(token.lastgroup), token[0])

    @staticmethod
    def _comment(token: bytes) -> None:
        # The engine nests comments: what is a comment to one reader is SQL to the other.
        if token.startswith(b"/*") and b"/*" in token[2:]:
            raise ClickHouseError.named(62, "SYNTAX_ERROR", "A comment in a comment")

    def _called(self, kind: str, token: bytes) -> None:
        """A name and a bracket are a call, whichever way the name is written."""
        if kind == "open" and token == b"(" and self._callee:
            name = self._callee.lower()
            if name in OUTSIDE or name in self._refused or "\\" in name:
                raise denied(f"The function {self._callee}")
        self._callee = ""
        if kind == "word":
            self._callee = token.decode()
        elif kind == "name":
            self._callee = token[1:-1].decode(errors="replace")

    def _clauses(self, kind: str, token: bytes) -> None:
        self._depth += (kind == "open") - (kind == "close")
        plain = token.decode().upper() if kind == "word" else ""
        self._words = (self._words[1], plain)
        if refusal := _FILE_CLAUSES.get(self._words):
            raise ClickHouseError.named(*refusal)
        self.first = self.first or plain
        word = plain if not self._depth else ""
        self.verb = self.verb or word
        if word in {"SELECT", "WITH"} and self.verb == "INSERT":
            self.verb = "INSERT SELECT"
        self.before, self.last = self.last, word
