"""Secrets at rest: Fernet by the newest of the keys, one at least, each kept text naming its key."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from billing.adapters.keyless import NAME_DIGITS, key_is_missing
from billing.ports import CipherFault


def new_key() -> str:
    """A key for `ENCRYPTION_KEYS`."""
    return Fernet.generate_key().decode()


class FernetCipher:
    """Encrypts by the first key; decrypts by the one that a kept text names: `3f8a01bc:gAAAA...`."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {_name_of(key): Fernet(key) for key in keys}
        self._newest = _name_of(keys[0])

    def encrypt(self, secret: str) -> str:
        return f"{self._newest}:{self._keys[self._newest].encrypt(secret.encode()).decode()}"

    def decrypt(self, kept: str) -> str:
        name, _, text = kept.partition(":")
        if name not in self._keys:
            raise key_is_missing(kept)
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
