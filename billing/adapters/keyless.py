"""Where no key is set: nothing can be kept secret, or read."""

from __future__ import annotations

from billing.ports import CipherFault

# Enough to tell a handful of keys apart, and nothing of the key itself.
NAME_DIGITS = 8


class Keyless:
    """The cipher of a desk without `ENCRYPTION_KEYS`."""

    def encrypt(self, secret: str) -> str:
        raise CipherFault("ENCRYPTION_KEYS has no key: python -m billing installations key makes one")

    def decrypt(self, kept: str) -> str:
        raise key_is_missing(kept)

    def is_by_newest(self, kept: str) -> bool:
        return False


def key_is_missing(kept: str) -> CipherFault:
    """What is said of a kept text (`3f8a01bc:gAAAA...`) whose key is not among those of the settings."""
    return CipherFault(
        "ENCRYPTION_KEYS lacks the key {name}, by which a token was encrypted: put it back, after the first",
        name=kept.partition(":")[0][:NAME_DIGITS],
    )
