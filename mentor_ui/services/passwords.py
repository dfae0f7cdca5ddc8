"""Hashing of secrets: passwords by argon2id with OWASP's parameters, random tokens by SHA-256."""

import hashlib
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each hash takes 19 MB for its time; a crowd waits here instead of in swap.
_at_once = threading.BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, salted; takes some 30 ms."""
    with _at_once:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed.

    Args:
        password_hash: What is stored, or None for an unknown account, which takes as long to refuse.
        password: What was typed.
    """
    with _at_once:
        try:
            _hasher.verify(password_hash or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def token_hash(token: str) -> str:
    """Return the SHA-256 under which a secret is stored, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _nobody() -> str:
    return _hasher.hash("the account that does not exist")
