"""Text cleaned: as one line for people, and as the search sees it, lower-case words without accents."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def one_line(text: str) -> str:
    """Return `text` on one line with single spaces; line breaks and control characters count as spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of `text`, folded: `Ọmọ's café` gives `omo`, `s`, `cafe`."""
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain.casefold()))


def search_text(*parts: str) -> str:
    """Return the distinct folded words of all parts, in order, one blank apart."""
    return " ".join(dict.fromkeys(word for part in parts for word in words_of(part)))
