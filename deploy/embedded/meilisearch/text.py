"""Folding text to comparable words, and edit distances between such words."""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text without case, accents or compatibility forms, in any script."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    found: list[str] = WORD.findall(fold(text))
    return found


def prefix_distances(query: str, word: str) -> list[int]:
    """Edit distance, a swap of neighbours counting one, from the query to each prefix of a word.

    The last entry is the distance to the whole word.
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, char in enumerate(query, start=1):
        current = [i]
        for j, other in enumerate(word, start=1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (char != other))
            swapped = i > 1 and j > 1 and char == word[j - 2] and query[i - 2] == other
            current.append(min(cost, before[j - 2] + 1) if swapped else cost)
        before, row = row, current
    return row
