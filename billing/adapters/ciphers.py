"""Secrets at rest: Fernet by the newest of several keys, each kept text naming its key."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from billing.ports import CipherFault

# Enough to tell a handful of keys apart, and nothing of the key itself.
NAME_DIGITS = 8


def new_key() -> str:
    """A key for `ENCRYPTION_KEYS`."""
    return Fernet.generate_key().decode()


class FernetCipher:
    """Encrypts by the first key; decrypts by the one that a kept text names: `3f8a01bc:gAAAA...`."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {_name_of(key): Fernet(key) for key in keys}
        self._newest = _name_of(keys[0]) if keys else ""

    def encrypt(self, secret: str) -> str:
        if not self._newest:
            raise CipherFault("ENCRYPTION_KEYS has no key: python -m billing installations key makes one")
        return f"{self._newest}:{self._keys[self._newest].encrypt(secret.encode()).decode()}"

    def decrypt(self, kept: str) -> str:
        name, _, text = kept.partition(":")
        if name not in self._keys:
            raise CipherFault(
                "ENCRYPTION_KEYS lacks the key {name}, by which a token was encrypted: put it back, after the first",
                name=name[:NAME_DIGITS],
            )
        try:
            return self._keys[name].decrypt(text.encode()).decode()
        except InvalidToken:
            raise CipherFault(
                "what the key {name} encrypted was altered: the app has to be installed there again",
                name=name,
            ) from None

    def is_by_newest(self, kept: str) -> bool:
        return kept.startswith(f"{self._newest}:")


def _name_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:NAME_DIGITS]
