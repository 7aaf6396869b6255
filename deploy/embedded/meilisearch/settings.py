"""Index settings: their defaults, their validation and the merging of partial updates."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from deploy.embedded.meilisearch.documents import Document, Json, Patterns
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.text import fold

RANKING_RULES = ("words", "typo", "proximity", "attribute", "sort", "exactness")
_CUSTOM_RULE = re.compile(r"(.+):(asc|desc)")
_ERROR_PATH = re.compile(r"\$\.(\w+)")
_MERGED = ("typoTolerance", "faceting", "pagination")
_REFUSED = (
    "distinctAttribute",
    "synonyms",
    "embedders",
    "dictionary",
    "separatorTokens",
    "nonSeparatorTokens",
    "foreignKeys",
)


class _Camel(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """Members in camel case, as the API writes them; others are refused."""


class TypoSizes(_Camel, frozen=True):
    """The shortest words in which one and two typos are allowed."""

    one_typo: int = 5
    two_typos: int = 9


class TypoTolerance(_Camel, frozen=True):
    """Which words and attributes may be matched with typos."""

    enabled: bool = True
    min_word_size_for_typos: TypoSizes = TypoSizes()
    disable_on_words: list[str] = []
    disable_on_attributes: list[str] = []
    disable_on_numbers: bool = False

    def allowed(self, word: str) -> int:
        """The number of typos allowed in a folded word."""
        if not self.enabled or word in {fold(exempt) for exempt in self.disable_on_words}:
            return 0
        if self.disable_on_numbers and word.isdigit():
            return 0
        sizes = self.min_word_size_for_typos
        return (len(word) >= sizes.one_typo) + (len(word) >= sizes.two_typos)


class Faceting(_Camel, frozen=True):
    """How many values a facet shows, and in which order."""

    max_values_per_facet: int = 100
    sort_facet_values_by: dict[str, str] = msgspec.field(default_factory=lambda: {"*": "alpha"})


class Pagination(_Camel, frozen=True):
    """How deep a search can page."""

    max_total_hits: int = 1000


class FilterableRule(_Camel, frozen=True):
    """The long form of a filterable attribute; its features are stored and all stay enabled."""

    attribute_patterns: list[str]
    features: dict[str, Any] | None = None


class Settings(_Camel, frozen=True):
    """All settings of an index."""

    displayed_attributes: list[str] = msgspec.field(default_factory=lambda: ["*"])
    searchable_attributes: list[str] = msgspec.field(default_factory=lambda: ["*"])
    filterable_attributes: list[str | FilterableRule] = []
    sortable_attributes: list[str] = []
    ranking_rules: list[str] = msgspec.field(default_factory=lambda: list(RANKING_RULES))
    stop_words: list[str] = []
    non_separator_tokens: list[str] = []
    separator_tokens: list[str] = []
    dictionary: list[str] = []
    synonyms: dict[str, list[str]] = {}
    foreign_keys: list[dict[str, str]] = []
    distinct_attribute: str | None = None
    proximity_precision: str = "byWord"
    typo_tolerance: TypoTolerance = TypoTolerance()
    faceting: Faceting = Faceting()
    pagination: Pagination = Pagination()
    embedders: dict[str, Any] = {}
    search_cutoff_ms: int | None = None
    localized_attributes: list[dict[str, Any]] | None = None
    facet_search: bool = True
    prefix_search: str = "indexingTime"

    def filterable(self) -> Patterns:
        """The attributes that filter and facet."""
        names: list[str] = []
        for item in self.filterable_attributes:
            names.extend([item] if isinstance(item, str) else item.attribute_patterns)
        return Patterns(names)

    def custom_rules(self) -> list[tuple[str, bool]]:
        """The attributes the ranking rules order by, with whether descending."""
        found = (_CUSTOM_RULE.fullmatch(rule) for rule in self.ranking_rules)
        return [(rule[1], rule[2] == "desc") for rule in found if rule]

    def indexed(self) -> tuple[object, ...]:
        """What the in-memory indexes depend on; when it changes they must be built anew."""
        custom = [name for name, _ in self.custom_rules()]
        return (
            self.searchable_attributes,
            self.typo_tolerance.disable_on_attributes,
            [*self.filterable().names, *self.sortable_attributes, *custom],
        )


DEFAULTS = Settings()
SETTING_NAMES: tuple[str, ...] = Settings.__struct_encode_fields__


def as_json(settings: Settings) -> Document:
    """The settings as the API shows them."""
    shown: Document = msgspec.to_builtins(settings)
    return shown


def merge(settings: Settings, changes: Document) -> Settings:
    """The settings after a partial update, in which null resets; ApiError when invalid."""
    merged, defaults = as_json(settings), as_json(DEFAULTS)
    for name, value in changes.items():
        if value is None and name in defaults:
            merged[name] = defaults[name]
        elif name in _MERGED and isinstance(value, dict):
            merged[name] = _merge_members(merged[name], defaults[name], value)
        else:
            merged[name] = value
        if name in _REFUSED and merged[name] != defaults[name]:
            message = f"`{name}` is not supported by this server."
            raise ApiError(message, _setting_code(name))
    return _convert(merged)


def _merge_members(current: Json, defaults: Json, changes: Document) -> Document:
    """One level of a nested setting, whose members can be given and reset on their own."""
    merged = dict(current) if isinstance(current, dict) else {}
    initial = defaults if isinstance(defaults, dict) else {}
    for name, value in changes.items():
        before = merged.get(name)
        if value is None:
            merged[name] = initial.get(name)
        elif isinstance(value, dict) and isinstance(before, dict):
            merged[name] = _merge_members(before, initial.get(name), value)
        else:
            merged[name] = value
    return merged


def _convert(merged: Document) -> Settings:
    try:
        settings = msgspec.convert(merged, Settings)
    except msgspec.ValidationError as error:
        place = _ERROR_PATH.search(str(error))
        code = _setting_code(place[1]) if place else "bad_request"
        message = f"Invalid settings: {error}"
        raise ApiError(message, code) from error
    for rule in settings.ranking_rules:
        if rule not in RANKING_RULES and not _CUSTOM_RULE.fullmatch(rule):
            message = f"`{rule}` ranking rule is invalid."
            raise ApiError(message, "invalid_settings_ranking_rules")
    sizes = settings.typo_tolerance.min_word_size_for_typos
    if not 0 <= sizes.one_typo <= sizes.two_typos:
        message = "`minWordSizeForTypos` is invalid: `oneTypo` must be at most `twoTypos`."
        raise ApiError(message, "invalid_settings_typo_tolerance")
    return settings


def _setting_code(name: str) -> str:
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    return f"invalid_settings_{snake}"
