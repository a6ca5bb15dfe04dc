"""Who keeps secrets."""

from __future__ import annotations

from typing import Protocol

from billing.values.errors import Unfit


class CipherFault(Unfit):
    """A secret cannot be kept or read: there is no key, or none of those there are encrypted it."""


class Cipher(Protocol):
    """Keeps secrets in the books so that who has only the books cannot read them."""

    def encrypt(self, secret: str) -> str:
        """The secret as it is kept, by the newest key. Raises CipherFault where there is no key."""

    def decrypt(self, kept: str) -> str:
        """The secret. Raises CipherFault where no key is the one by which it was encrypted."""

    def is_by_newest(self, kept: str) -> bool:
        """Whether the newest key encrypted it."""
