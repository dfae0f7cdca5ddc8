"""Leaves out of a page's styles the rules for classes that only other pages have.

The bundler makes one sheet for all pages, of which each needs about half: what stands inline in a document is
only that page's part (a kilobyte squeezed for every three, and a quarter less work before the first paint).
The whole sheet is fetched when another page is opened from here; see `light_scripts`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_GROUPS = ("@layer", "@media", "@supports", "@container")
_CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
_ESCAPED = re.compile(r"\\(.)")
# An apostrophe ends a word, or stands in the name of a class.
_WORDS = (re.compile(r"[\s\"'`]+"), re.compile(r"[\s\"`]+"))
_TOP = re.compile(r"\\.|\"(?:[^\"\\]|\\.)*\"|[(){};,]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some scripts, among which are all classes that they can give to an element.

    Attributes:
        whole: As they stand there.
        beginnings: What a script puts something behind, such as `badge-`.
    """

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, parts: Iterable["Words"]) -> "Words":
        """Return the words of several scripts."""
        found = list(parts)
        return cls(
            frozenset[str]().union(*(one.whole for one in found)),
            tuple(dict.fromkeys(word for one in found for word in one.beginnings)),
        )

    def may_have(self, name: str) -> bool:
        """Tell whether an element can have this class."""
        return name in self.whole or name.startswith(self.beginnings)


def words_of(script: str) -> Words:
    """Return the words of a script.

    Args:
        script: Its source.
    """
    found = frozenset(word for ends in _WORDS for word in ends.split(script))
    return Words(found, tuple(word for word in found if re.fullmatch(r"[a-z][a-z-]*-", word)))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a sheet, or a statement.

    Attributes:
        prelude: What stands before the braces.
        body: What stands in them; None for a statement.
        inner: The rules in them, of a group of rules.
        selectors: With the classes that an element has to have for each, of a rule for elements.
    """

    prelude: str
    body: str | None
    inner: tuple["Rule", ...] = ()
    selectors: tuple[tuple[str, tuple[str, ...]], ...] = ()


def rules_of(sheet: str) -> tuple[Rule, ...]:
    """Read a sheet.

    Args:
        sheet: Its source, minified.
    """
    return tuple(_rule(prelude, body) for prelude, body in _pieces(sheet))


def _rule(prelude: str, body: str | None) -> Rule:
    if body is not None and prelude.startswith(_GROUPS):
        return Rule(prelude, body, inner=rules_of(body))
    if body is None or prelude.startswith("@"):
        return Rule(prelude, body)
    return Rule(prelude, body, selectors=tuple((one, _classes(one)) for one in _selectors(prelude)))


def own_styles(rules: Iterable[Rule], page: Words, all_pages: Words) -> str:
    """Return the part of a sheet that a page can need.

    A class that no script names stays: the server may send it.

    Args:
        rules: The whole sheet.
        page: The words of the page's scripts.
        all_pages: The words of all scripts.
    """
    kept: list[str] = []
    for rule in rules:
        if rule.body is None:
            kept.append(f"{rule.prelude};")
        elif rule.inner:
            inner = own_styles(rule.inner, page, all_pages)
            if inner:
                kept.append(f"{rule.prelude}{{{inner}}}")
            elif rule.prelude.startswith("@layer"):
                # Where a layer stands first says how strong it is.
                kept.append(f"{rule.prelude};")
        elif rule.selectors:
            possible = [
                selector
                for selector, names in rule.selectors
                if all(page.may_have(name) or not all_pages.may_have(name) for name in names)
            ]
            if possible:
                kept.append(f"{','.join(possible)}{{{rule.body}}}")
        else:
            kept.append(f"{rule.prelude}{{{rule.body}}}")
    return "".join(kept)


def _pieces(sheet: str) -> Iterator[tuple[str, str | None]]:
    """Split a sheet into what stands before braces and what stands in them; None for a statement."""
    begin, depth, prelude, brackets = 0, 0, "", 0
    for sign in _TOP.finditer(sheet):
        match sign[0]:
            case "(":
                brackets += 1
            case ")":
                brackets -= 1
            case "{":
                if depth == 0:
                    prelude, begin = sheet[begin : sign.start()], sign.end()
                depth += 1
            case "}":
                depth -= 1
                if depth == 0:
                    yield _without_comments(prelude), sheet[begin : sign.start()]
                    begin = sign.end()
            case ";" if depth == 0 and brackets == 0:
                yield _without_comments(sheet[begin : sign.start()]), None
                begin = sign.end()
            case _:
                pass


def _without_comments(prelude: str) -> str:
    return re.sub(r"/\*.*?\*/", "", prelude, flags=re.DOTALL).strip()


def _selectors(prelude: str) -> Iterator[str]:
    begin, brackets = 0, 0
    for sign in _TOP.finditer(prelude):
        if sign[0] in "()":
            brackets += 1 if sign[0] == "(" else -1
        elif sign[0] == "," and brackets == 0:
            yield prelude[begin : sign.start()]
            begin = sign.end()
    yield prelude[begin:]


def _classes(selector: str) -> tuple[str, ...]:
    return tuple(_ESCAPED.sub(r"\1", name) for name in _CLASS.findall(_without_brackets(selector)))


def _without_brackets(selector: str) -> str:
    """Leave out what stands in `:not()`, `:has()` and the like: it may well be elsewhere."""
    kept: list[str] = []
    begin, brackets = 0, 0
    for sign in _TOP.finditer(selector):
        if sign[0] == "(":
            if brackets == 0:
                kept.append(selector[begin : sign.start()])
            brackets += 1
        elif sign[0] == ")":
            brackets -= 1
            begin = sign.end()
    kept.append(selector[begin:])
    return "".join(kept)
