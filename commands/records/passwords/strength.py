"""Which passwords are guessed first: the common ones, in either keyboard layout and script.

zxcvbn knows no Cyrillic and takes `Пароль2024!` for strong; typed on the other layout, or written
in the other script, it is one of the first that anybody tries.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

SHORTEST = 8
LONGEST = 256
# As much as zxcvbn takes: what is strong so far is not made weaker by what follows.
SCORED_MAX = 72
SCORE_MIN = 3
# Words of ours that are no secret: they stand in decision 0025.
OURS = (
    *("market", "marketplace", "маркет", "маркетплейс", "shop", "магазин"),
    *("seller", "buyer", "order", "payment", "продавец", "покупатель", "заказ", "оплата"),
    *("operator", "moderator", "admin", "superadmin", "password", "оператор", "админ", "пароль"),
)
# Of a password that is made of known words so much must be left without them.
LEFT_MIN = 5
WORD_MIN = 4

LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
CYRILLIC_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
TO_LATIN_KEYS = str.maketrans(CYRILLIC_KEYS, LATIN_KEYS)
TO_CYRILLIC_KEYS = str.maketrans(LATIN_KEYS, CYRILLIC_KEYS)
LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch",
    "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
TO_LATIN = str.maketrans(LETTERS)
# What several letters stand for when a word goes from one script to the other and back.
ALIKE = str.maketrans({"w": "v", "q": "k", "c": "k", "y": "i", "j": "i", "x": "ks", "h": "h"})


def weakness(password: str, words: Sequence[str] = ()) -> str | None:
    """Why it will not do, None if it does. No rule says what it is made of."""
    if len(password) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    text = unicodedata.normalize("NFKC", password)[:SCORED_MAX].lower()
    known = [word.lower() for word in (*OURS, *words) if word]
    for form in dict.fromkeys(_forms(text)):
        made_of_words = _left(form, known) < LEFT_MIN
        if made_of_words or folded(form) in _common() or _score(form, known) < SCORE_MIN:
            return "is too easy to guess: a few words that do not belong together are better"
    return None


def _left(form: str, known: Sequence[str]) -> int:
    """How many letters and digits are left without words that anybody knows."""
    left = form
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= WORD_MIN:
            left = left.replace(word, "").replace(word.translate(TO_LATIN), "")
    if left == form:
        return len(form)
    return sum(letter.isalnum() for letter in left)


def _forms(text: str) -> Iterator[str]:
    """As typed; as the same keys are in the other layout; and each in Latin letters."""
    yield text
    yield text.translate(TO_LATIN_KEYS)
    yield text.translate(TO_LATIN)
    yield text.translate(TO_CYRILLIC_KEYS).translate(TO_LATIN)


def folded(text: str) -> str:
    """The same for what is the same word in two scripts and back."""
    return text.translate(TO_LATIN).translate(ALIKE)


# Its lists take 12 MB: they are for the processes that judge, not for those that ask.
def _score(form: str, known: list[str]) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415

    # A letter of one script may be several of another.
    return int(zxcvbn(form[:SCORED_MAX], user_inputs=known)["score"])


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(map(folded, FREQUENCY_LISTS["passwords"]))
