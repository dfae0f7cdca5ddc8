"""Buckets that several processes share, and what happens to limits while Redis is away."""

import asyncio
import uuid

import pytest

from mentor_ui.db.shared import close_shared
from mentor_ui.gate.buckets import SharedBuckets
from mentor_ui.services.limits import Limit, Wait
from tests.sandbox_process import free_port


async def take(buckets: SharedBuckets, key: str, times: int) -> int:
    return sum([await buckets.take(key) for _ in range(times)])


def test_processes_share_one_bucket(redis_url: str) -> None:
    name = uuid.uuid4().hex
    # Two of them stand for two processes: what each holds besides is its own.
    first, second = (SharedBuckets(name, per_second=0.001, burst=100, redis_url=redis_url) for _ in range(2))

    async def all_at_once() -> tuple[int, int, int]:
        taken = await take(first, "ada", 70), await take(second, "ada", 70), await take(second, "ben", 70)
        await close_shared()
        return taken

    ada, more_of_ada, ben = asyncio.run(all_at_once())
    assert (ada, more_of_ada, ben) == (70, 30, 70)


def test_a_process_counts_by_itself_while_redis_is_away() -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    buckets = SharedBuckets("away", per_second=0.001, burst=5, redis_url=away)

    async def all_at_once() -> int:
        taken = await take(buckets, "ada", 20)
        await close_shared()
        return taken

    assert asyncio.run(all_at_once()) == 5


def test_processes_share_a_limit_of_tries(redis_url: str) -> None:
    name = uuid.uuid4().hex
    first, second = (Limit("3 per hour", name=name, redis_url=redis_url) for _ in range(2))
    first.count("ada")
    second.count("ada")
    first.count("ada")
    with pytest.raises(Wait) as refused:
        second.check("ada")
    assert 0 < refused.value.seconds <= 3600
    second.forgive("ada")
    first.check("ada")


def test_a_limit_of_tries_holds_while_redis_is_away() -> None:
    limit = Limit("2 per hour", name="away", redis_url=f"redis://127.0.0.1:{free_port()}/0")
    assert [limit.has_room("ada") for _ in range(3)] == [True, True, False]
