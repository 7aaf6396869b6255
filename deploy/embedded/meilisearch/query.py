"""Turning a search text into a tantivy query whose score carries the ranking components.

A score is a whole number of bit groups, most important first: words matched, typo quality,
adjacent pairs, attribute rank, exact words. It stays below 2**24, so it is exact as a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tantivy import Occur, Query

from deploy.embedded.meilisearch.text import words
from deploy.embedded.meilisearch.text_index import FUZZY, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from deploy.embedded.meilisearch.settings import TypoTolerance

MAX_WORDS = 10
MAX_RANK = 7
MAX_TYPOS = 2
EXACT_SHIFT, EXACT_BITS = 0, 4
ATTRIBUTE_SHIFT, ATTRIBUTE_BITS = 4, 7
PROXIMITY_SHIFT, PROXIMITY_BITS = 11, 4
TYPO_SHIFT, TYPO_BITS = 15, 5
WORDS_SHIFT, WORDS_BITS = 20, 4

_ATOM = re.compile(r'(-?)"([^"]*)(?:"|$)|(\S+)')


@dataclass(frozen=True, slots=True)
class Atom:
    """One word, or the words of one quoted phrase."""

    words: tuple[str, ...]
    typos: int = 0
    prefix: bool = False
    negated: bool = False


def parse_query(
    text: str, typos: TypoTolerance, stop_words: AbstractSet[str], *, prefix: bool
) -> list[Atom]:
    """The atoms of a search text, at most ten; empty when it holds no word.

    The last word is a prefix when the text ends with it and `prefix` allows.
    """
    atoms: list[Atom] = []
    for match in _ATOM.finditer(text):
        sign, phrase, word = match.groups()
        if word is None:
            found = tuple(words(phrase))
            if found:
                atoms.append(Atom(found, negated=bool(sign)))
            continue
        negated = len(word) > 1 and word.startswith("-")
        atoms.extend(
            Atom((single,), 0 if negated else typos.allowed(single), negated=negated)
            for single in words(word)
        )
    last_is_word = prefix and bool(atoms) and not text[-1].isspace() and not text.endswith('"')
    if last_is_word and not atoms[-1].negated:
        atoms[-1] = replace(atoms[-1], prefix=True)
    kept = [a for a in atoms if a.prefix or len(a.words) > 1 or stop_words.isdisjoint(a.words)]
    return kept[:MAX_WORDS]


@dataclass(frozen=True, slots=True)
class SearchFields:
    """The fields to search with the attribute rank of each, and those searched with typos."""

    ranks: tuple[tuple[str, int], ...]
    fuzzy: tuple[str, ...] = (FUZZY,)


def build_query(atoms: Sequence[Atom], fields: SearchFields, *, require_all: bool) -> Query:
    """The query for the atoms; unless all are required, later ones may be missing from the end."""
    wanted = [atom for atom in atoms if not atom.negated]
    banned = [atom for atom in atoms if atom.negated]
    clauses: list[tuple[Occur, Query]] = []
    if wanted:
        clauses.append((Occur.Must, _chain(wanted, fields, require_all=require_all)))
    else:
        clauses.append((Occur.Must, Query.const_score_query(Query.all_query(), 0.0)))
    for first, second in pairwise(wanted):
        pair = _phrase((first.words[-1], second.words[0]), fields)
        near = Query.const_score_query(pair, float(1 << PROXIMITY_SHIFT))
        clauses.append((Occur.Should, near))
    clauses.extend((Occur.MustNot, _phrase(atom.words, fields)) for atom in banned)
    return Query.boolean_query(clauses)


def _chain(atoms: Sequence[Atom], fields: SearchFields, *, require_all: bool) -> Query:
    """Each atom's clause, nested so that one counts only when those before it matched."""
    query = _atom(atoms[-1], fields)
    tail = Occur.Must if require_all else Occur.Should
    for atom in reversed(atoms[:-1]):
        query = Query.boolean_query([(Occur.Must, _atom(atom, fields)), (tail, query)])
    return query


def _score(*, typos: int, rank: int, exact: bool) -> float:
    attribute = (MAX_RANK - min(rank, MAX_RANK)) << ATTRIBUTE_SHIFT
    return float((1 << WORDS_SHIFT) + ((MAX_TYPOS - typos) << TYPO_SHIFT) + attribute + int(exact))


def _atom(atom: Atom, fields: SearchFields) -> Query:
    """The best way in which one atom matches a document."""
    ways: list[Query] = []
    for name, rank in fields.ranks:
        score = _score(typos=0, rank=rank, exact=True)
        ways.append(Query.const_score_query(_words_in(name, atom.words), score))
        if atom.prefix:
            starts = _near(name, atom.words[0], 0, prefix=True)
            score = _score(typos=0, rank=rank, exact=False)
            ways.append(Query.const_score_query(starts, score))
    for typos in range(1, atom.typos + 1):
        score = _score(typos=typos, rank=MAX_RANK, exact=False)
        for name in fields.fuzzy:
            close = _near(name, atom.words[0], typos, prefix=atom.prefix)
            ways.append(Query.const_score_query(close, score))
    return Query.disjunction_max_query(ways)


def _near(name: str, word: str, distance: int, *, prefix: bool) -> Query:
    return Query.fuzzy_term_query(SCHEMA, name, word, distance, prefix=prefix)


def _words_in(name: str, found: Sequence[str]) -> Query:
    if len(found) == 1:
        return Query.term_query(SCHEMA, name, found[0])
    return Query.phrase_query(SCHEMA, name, list(found))


def _phrase(found: Sequence[str], fields: SearchFields) -> Query:
    return Query.disjunction_max_query([_words_in(name, found) for name, _ in fields.ranks])


def within(query: Query, slots: Iterable[int]) -> Query:
    """The query limited to documents whose slots are given, scores unchanged."""
    allowed = Query.const_score_query(Query.term_set_query(SCHEMA, "slot", list(slots)), 0.0)
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, allowed)])
