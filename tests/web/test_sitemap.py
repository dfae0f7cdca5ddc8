"""The sitemap of a market that does not fit into one file."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.settings import get_settings
from mentor_ui.web.sitemap import Sitemap
from tests.web.conftest import HOST
from tests.world import make_offering, make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def crawler(joined: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client before a sitemap with two addresses in a file."""
    del joined
    transport = httpx.ASGITransport(Starlette(routes=Sitemap(get_settings(), per_file=2).routes()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


def places(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return re.findall("<loc>(.*?)</loc>", answer.text)


async def test_only_parts_that_the_index_names_are_made_and_then_kept(
    crawler: httpx.AsyncClient, joined: Database
) -> None:
    tutor = make_person(joined, Role.TUTOR)
    made = [make_offering(joined, tutor) for _ in range(3)]
    index = places(await crawler.get("/sitemap.xml"))
    parts = [part for part in index if "/sitemap-offerings-" in part]
    listed = {part: places(await crawler.get(part)) for part in parts}
    found = {path for some in listed.values() for path in some}
    assert {f"{HOST}/mentorship/offering/{number}" for number in made} <= found
    assert f"{HOST}/sitemap-offerings-{made[0] + 1}.xml" not in index
    for other in (f"offerings-{made[0] + 1}", "offerings-none", "people-1"):
        assert (await crawler.get(f"/sitemap-{other}.xml")).status_code == 404
    # One more row is told of when the texts are made anew.
    make_offering(joined, tutor)
    assert places(await crawler.get("/sitemap.xml")) == index
    assert places(await crawler.get(parts[-1])) == listed[parts[-1]]


async def test_what_fits_into_one_file_is_one(joined: Database) -> None:
    del joined
    transport = httpx.ASGITransport(Starlette(routes=Sitemap(get_settings()).routes()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        assert f"{HOST}/mentorship" in places(await client.get("/sitemap.xml"))
        assert (await client.get("/sitemap-offerings-1.xml")).status_code == 404
