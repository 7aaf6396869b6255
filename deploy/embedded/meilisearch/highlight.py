"""The formatted copy of a hit, in which the words that matched are marked."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch.text import WORD, fold, prefix_distances

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from deploy.embedded.meilisearch.documents import Document, Json, Patterns
    from deploy.embedded.meilisearch.query import Atom


class Highlighter:
    """Marks the words of a query between two tags."""

    def __init__(self, atoms: Sequence[Atom], before: str, after: str) -> None:
        self._atoms = [atom for atom in atoms if not atom.negated]
        self._before = before
        self._after = after

    def format(self, document: Document, marked: Patterns) -> Document:
        """A copy with every scalar as text, marked in the attributes the patterns cover."""
        return {key: self._format(value, key, marked) for key, value in document.items()}

    def _format(self, value: Json, path: str, marked: Patterns) -> Json:
        if isinstance(value, dict):
            return {k: self._format(v, f"{path}.{k}", marked) for k, v in value.items()}
        if isinstance(value, list):
            return [self._format(item, path, marked) for item in value]
        if value is None or isinstance(value, bool):
            return value
        text = str(value)
        return self.mark(text) if marked.covers(path) else text

    def mark(self, text: str) -> str:
        """The text with each matching word, or the part of it that was typed, between the tags."""
        # Composed characters keep a letter and its accent in one word.
        return WORD.sub(self._mark_word, unicodedata.normalize("NFC", text))

    def _mark_word(self, match: re.Match[str]) -> str:
        word = match.group()
        folded = fold(word)
        length = max((_matched(atom, folded) for atom in self._atoms), default=0)
        if not length:
            return word
        # A fold that changes the length leaves no way to tell where the typed part ends.
        end = length if len(folded) == len(word) else len(word)
        return f"{self._before}{word[:end]}{self._after}{word[end:]}"


def _matched(atom: Atom, word: str) -> int:
    """How many leading letters of a folded word an atom accounts for."""
    if word in atom.words:
        return len(word)
    typed = atom.words[0]
    if atom.prefix and word.startswith(typed):
        return len(typed)
    if not atom.typos:
        return 0
    distances = prefix_distances(typed, word)
    if distances[-1] <= atom.typos:
        return len(word)
    best = min(distances)
    if atom.prefix and best <= atom.typos:
        return len(distances) - 1 - distances[::-1].index(best)
    return 0
