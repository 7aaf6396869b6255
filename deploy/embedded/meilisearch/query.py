"""Turning a search text into a tantivy query whose score carries the ranking components.

A score is a whole number of bit groups, most important first: words matched, typo quality,
adjacent pairs, attribute rank, whole words. It stays below 2**24, so it is exact as a float.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec
from tantivy import Occur, Query

from deploy.embedded.meilisearch.text import words
from deploy.embedded.meilisearch.text_index import FIELD_COUNT, FUZZY, SCHEMA, SLOT, rank_field

WORDS_MAX = 10
ONE_TYPO, TWO_TYPOS = 5, 9
TYPOS_MAX = 2
RANK_MAX = FIELD_COUNT - 1
EXACT_BITS = 4
ATTRIBUTE_SHIFT = 4
PROXIMITY_SHIFT = 11
TYPO_SHIFT = 15
WORDS_SHIFT = 20


class Word(msgspec.Struct, frozen=True):
    text: str
    prefix: bool

    @property
    def typos(self) -> int:
        """How many are allowed."""
        return (len(self.text) >= ONE_TYPO) + (len(self.text) >= TWO_TYPOS)


def parse_query(text: str) -> list[Word]:
    """The words of a search text, at most ten; what the text ends with is the prefix of a word."""
    found = words(text)
    last = -1 if text[-1:].isspace() else len(found) - 1
    return [Word(word, place == last) for place, word in enumerate(found[:WORDS_MAX])]


def build_query(wanted: Sequence[Word], fields: int) -> Query:
    """The query for the words in the first so many fields; later words may be missing."""
    names = [rank_field(rank) for rank in range(fields)]
    clauses: list[tuple[Occur, Query]] = [(Occur.Must, _chain(wanted, names))]
    for first, second in pairwise(wanted):
        near = [Query.phrase_query(SCHEMA, name, [first.text, second.text]) for name in names]
        pair = Query.disjunction_max_query(near)
        clauses.append((Occur.Should, _scored(pair, 1 << PROXIMITY_SHIFT)))
    return Query.boolean_query(clauses)


def _chain(wanted: Sequence[Word], names: Sequence[str]) -> Query:
    """Each word's clause, nested so that one counts only when those before it matched."""
    query = _word(wanted[-1], names)
    for word in reversed(wanted[:-1]):
        query = Query.boolean_query([(Occur.Must, _word(word, names)), (Occur.Should, query)])
    return query


def _scored(query: Query, score: int) -> Query:
    return Query.const_score_query(query, float(score))


def _score(*, typos: int, rank: int, exact: bool) -> int:
    attribute = (RANK_MAX - rank) << ATTRIBUTE_SHIFT
    return (1 << WORDS_SHIFT) + ((TYPOS_MAX - typos) << TYPO_SHIFT) + attribute + int(exact)


def _word(word: Word, names: Sequence[str]) -> Query:
    """The best way in which one word matches a document."""
    ways: list[Query] = []
    for rank, name in enumerate(names):
        whole = Query.term_query(SCHEMA, name, word.text)
        ways.append(_scored(whole, _score(typos=0, rank=rank, exact=True)))
        if word.prefix:
            ways.append(_scored(_near(name, word, 0), _score(typos=0, rank=rank, exact=False)))
    for typos in range(1, word.typos + 1):
        close = _near(FUZZY, word, typos)
        ways.append(_scored(close, _score(typos=typos, rank=RANK_MAX, exact=False)))
    return Query.disjunction_max_query(ways)


def _near(name: str, word: Word, distance: int) -> Query:
    return Query.fuzzy_term_query(SCHEMA, name, word.text, distance, prefix=word.prefix)


def within(query: Query, slots: Iterable[int]) -> Query:
    """The query limited to documents whose slots are given, scores unchanged."""
    allowed = Query.const_score_query(Query.term_set_query(SCHEMA, SLOT, list(slots)), 0.0)
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, allowed)])
