"""E-invoices on their way to SdI by mail: each goes once; what may have gone is looked for before it goes again."""

from __future__ import annotations

from datetime import timedelta

import structlog

from billing import traces
from billing.invoicing.editions import lock_files
from billing.models import EInvoice, SdiSending
from billing.models.sdi_mails import SendingState
from billing.ports import MailDeferred, MailRejected, MailServerUnavailable
from billing.queries import sdi_mails as queries
from billing.services import sdi_mails, sdi_sendings
from billing.services.copies import held_why
from billing.transports import EInvoiceTransport
from billing.values.sdi import is_to_office
from billing.values.sdi_mails import SentFile
from billing.work import Billing, Work

# The provider says within minutes that it took a mail; until then a mail whose answer was lost may have gone.
LOOKED_FOR = timedelta(hours=1)
log = structlog.get_logger()


def run(billing: Billing, transport: EInvoiceTransport) -> int:
    """Reads what has come and sends what is to be sent; answers how many files went. Safe to run in parallel."""
    if held_why(billing):
        return 0
    with traces.span("e-invoices by mail"):
        looked = sdi_mails.receive(billing, transport)
        return send(billing, transport, again=looked)


def send(billing: Billing, transport: EInvoiceTransport, *, again: bool) -> int:
    """Sends each file that is ready, one by one; answers how many went.

    A file whose answer was lost goes `again` only when the mailbox was read meanwhile and knows nothing of it: the
    same mail with the same file, of which SdI takes one (00002).
    """
    sent = 0
    while not billing.stopping.is_set() and (file := _claim(billing, transport, again=again)):
        try:
            transport.send(file)
        except MailServerUnavailable as trouble:
            _did_not_go(billing, file, str(trouble), away=True)
            return sent  # no other would fare better
        except MailRejected as refused:
            _did_not_go(billing, file, str(refused))
        except MailDeferred as trouble:
            if trouble.code is None:
                log.warning("nobody knows whether an e-invoice was sent", file=file.name, why=str(trouble))
            else:
                _did_not_go(billing, file, str(trouble))
        else:
            with billing.work("einvoices.send") as work:
                lock_files(work.session)
                sdi_sendings.taken(work, file.name)
            sent += 1
    return sent


def _claim(billing: Billing, transport: EInvoiceTransport, *, again: bool) -> SentFile | None:
    to = transport.sdi_address or sdi_mails.assigned_address(billing)
    with billing.work("einvoices.send") as work:
        lock_files(work.session)
        while found := work.session.execute(queries.next_to_send(again=again), {"now": work.now}).first():
            edition, before = found
            sending = before or _first(work, edition)
            if is_to_office(edition.content) and not transport.signs:
                sending.state = SendingState.UNSIGNED
                work.session.flush()
                continue
            again = sending.state is SendingState.BEGUN
            if not again:
                sending.attempt += 1
            sending.state = SendingState.BEGUN
            sending.next_try_at = work.now + LOOKED_FOR
            sending.perhaps_sent += 1
            name = sdi_sendings.message_id(edition.file_name, sending.attempt, transport.sender)
            return SentFile(edition.file_name, edition.content, name, to, again=again)
    return None


def _first(work: Work, edition: EInvoice) -> SdiSending:
    sending = SdiSending(
        workspace_id=edition.workspace_id,
        file_name=edition.file_name,
        state=SendingState.WAITING,
        attempt=0,
        perhaps_sent=0,
        failures=0,
        next_try_at=work.now,
        note="",
    )
    work.session.add(sending)
    return sending


def _did_not_go(billing: Billing, file: SentFile, why: str, *, away: bool = False) -> None:
    log.warning("an e-invoice was not taken", file=file.name, why=why)
    with billing.work("einvoices.send") as work:
        lock_files(work.session)
        sdi_sendings.not_sent(work, file.name, why, away=away)
