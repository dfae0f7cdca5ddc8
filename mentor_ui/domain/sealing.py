"""Secrets of others that we have to keep and give back: enciphered with a key derived from `SECRET_KEY`."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """It was sealed with another key, or changed since: what it held is lost."""


class Sealer:
    """Seals texts and opens them again.

    Args:
        secret_key: The application's secret.
        purpose: Keeps what was sealed for one thing from being opened for another.
    """

    def __init__(self, secret_key: str, purpose: str) -> None:
        key = HKDF(SHA256(), length=32, salt=None, info=f"mentor {purpose}".encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))

    def seal(self, text: str) -> str:
        """Encipher a text; the same text twice looks different."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def unseal(self, sealed: str, *, longest_seconds: int | None = None) -> str:
        """Return the text again.

        Args:
            sealed: What `seal` returned.
            longest_seconds: How old it may be; None for any age.

        Raises:
            SealBroken: It is too old, or cannot be opened.
        """
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=longest_seconds).decode()
        except (InvalidToken, ValueError) as error:
            raise SealBroken from error
