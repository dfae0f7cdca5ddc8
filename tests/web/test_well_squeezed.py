"""Bodies that are squeezed as well as can be once they are asked for often."""

import random
import time

import brotli
import pytest

from mentor_ui.web.compression import QUALITY
from mentor_ui.web.well_squeezed import WellSqueezed

WORDS = [f"word{number}" for number in range(300)]
PAGE = " ".join(random.Random(7).choices(WORDS, k=6000)).encode()
PATIENCE_S = 60


def until_smaller(kept: WellSqueezed, than: int) -> bytes:
    deadline = time.monotonic() + PATIENCE_S
    while len(content := kept.of("page", PAGE)) >= than:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return content


def test_what_is_asked_for_often_gets_smaller_and_stays_the_same() -> None:
    kept = WellSqueezed(QUALITY)
    first = kept.of("page", PAGE)
    best = until_smaller(kept, len(first))
    assert brotli.decompress(first) == brotli.decompress(best) == PAGE
    # Not made anew: the very bytes.
    assert kept.of("page", PAGE) is best


def test_what_is_asked_for_once_costs_nobody_more(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = WellSqueezed(QUALITY)
    begun: list[str] = []

    def begin(mark: str, _body: bytes) -> None:
        begun.append(mark)

    monkeypatch.setattr(kept, "_begin", begin)
    for number in range(20):
        kept.of(str(number), PAGE)
    assert begun == []
    kept.of("3", PAGE)
    assert begun == ["3"]


def test_what_nobody_asked_for_lately_is_forgotten() -> None:
    kept = WellSqueezed(QUALITY, most=2, often=1_000)
    first = kept.of("page", PAGE)
    kept.of("second", b"second")
    assert kept.of("page", PAGE) is first
    kept.of("third", b"third")
    assert kept.of("page", PAGE) is first
    kept.of("fourth", b"fourth")
    kept.of("fifth", b"fifth")
    assert kept.of("page", PAGE) is not first
