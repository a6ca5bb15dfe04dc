"""What billing needs of who brings e-invoices to SdI, and can have from more than one hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from billing.values.sdi_mails import ArrivedMail, Place, SentFile


class EInvoiceTransport(Protocol):
    """Takes e-invoices to SdI, and brings what is said of them."""

    @property
    def sender(self) -> str:
        """The address that they are sent from."""

    @property
    def sdi_address(self) -> str:
        """Where they go; empty for where SdI says."""

    @property
    def signs(self) -> bool:
        """Whether it signs what public offices take, which is signed files alone."""

    def send(self, file: SentFile) -> None:
        """Hands the file over. Raises MailRejected, MailDeferred, MailServerUnavailable as mailers do."""

    def arrived(self, last: Place | None, since: date) -> Iterator[ArrivedMail]:
        """The mail after the one at `last`, else of that day on, oldest first. Raises MailServerUnavailable."""
