"""What happened to billing contacts. No address stands in it: that is read when it is told."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.events.base import PropertyEvent


@dataclass(frozen=True, slots=True)
class ContactToConfirm(PropertyEvent):
    """A billing contact was typed by hand and is to confirm the address: told to that contact alone, by mail."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactRefused(PropertyEvent):
    """The mail server refused a billing contact's mail for good with `code`: nothing is sent there any more."""

    contact_id: str
    code: int
