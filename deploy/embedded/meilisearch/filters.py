"""Conditions of filters: their reading, and the documents that meet them."""

import math
import re

from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.facets import NO_SLOTS, FacetColumn, Slots, facet_text
from deploy.embedded.meilisearch.index import Index

_TEXT = r'"(?:[^"\\]++|\\.)*+"'
_TEXTS = re.compile(_TEXT, re.DOTALL)
_CONDITION = re.compile(
    rf"""\s*(?P<attribute>\w+)\s*(?:
        =\s*(?:(?P<text>{_TEXT})|(?P<flag>true|false))
        |(?P<bound>>=|<=)\s*(?P<number>-?[0-9]{{1,18}})
        |IN\s*\[\s*(?P<texts>{_TEXT}(?:\s*,\s*{_TEXT})*+)\s*\]
    )\s*""",
    re.DOTALL | re.VERBOSE,
)


def filtered(index: Index, conditions: list[str], code: str) -> Slots:
    """The documents that meet all conditions; ApiError with the code when one is wrong.

    The answer may be one of the postings themselves, so it must not be changed.
    """
    found = sorted((_matching(index, condition, code) for condition in conditions), key=len)
    return found[0].intersection(*found[1:]) if found else index.facets.slots


def _matching(index: Index, condition: str, code: str) -> Slots:
    read = _CONDITION.fullmatch(condition)
    if read is None:
        message = f'Was expecting a condition such as `name = "text"` but found `{condition}`.'
        raise ApiError(message, code)
    filterable = index.row.settings.filterable_attributes
    if read["attribute"] not in filterable:
        names = ", ".join(f"`{name}`" for name in filterable)
        message = (
            f"Attribute `{read['attribute']}` is not filterable."
            f" Available filterable attributes are: {names}."
        )
        raise ApiError(message, code)
    column = index.facets.column(read["attribute"])
    if read["bound"]:
        return _bounded(column, read["bound"], int(read["number"]))
    wanted = [read["flag"]] if read["flag"] else _texts(read["text"] or read["texts"])
    parts = [column.texts.get(facet_text(text), NO_SLOTS) for text in wanted]
    return parts[0] if len(parts) == 1 else NO_SLOTS.union(*parts)


def _bounded(column: FacetColumn, bound: str, number: int) -> Slots:
    low, high = (number, math.inf) if bound == ">=" else (-math.inf, number)
    return NO_SLOTS.union(*column.numbers_between(low, high))


def _texts(quoted: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) for text in _TEXTS.findall(quoted)]
