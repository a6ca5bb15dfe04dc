"""Mail: receipts, and what one person must know of a payment; sent from the outbox until the server takes it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from threading import Event

import structlog

from billing import traces
from billing.calls import calling
from billing.models import Property, Subscription
from billing.ports import MailDeferred, Mailer, MailRejected, MailServerUnavailable, MailSession
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION, mark_receipts_refused, mark_receipts_taken
from billing.services import contacts, outbox
from billing.values.events import CreditNoteIssued, PaymentReceived, ReceiptUndelivered
from billing.values.outbox import BY_MAIL, Audience, Delivery
from billing.work import Billing, Work

# As long as mail servers themselves try (RFC 5321, 4.5.4.1).
GIVE_UP_AFTER = timedelta(days=5)
# So many are claimed at a time, and so many are on their way: a mail server takes a moment for each.
CLAIMED_AT_A_TIME, SENT_AT_A_TIME = 20, 4
# A server that hangs up without an answer says nothing about the mail, but may have taken it each time: after those
# days, and so many times at least, it is not sent again. The code of one that says so is of RFC 5321 (4.2.3).
MIN_TRIES, HANGS_UP = 12, 421
# From here on an answer of a mail server is for good (RFC 5321, 4.2.1).
PERMANENT = 500
# The mail; None where nobody wants it any more. Raises MailRejected where there is nobody to whom it could go.
Compose = Callable[[Delivery], EmailMessage | None]
log = structlog.get_logger()


def deliver(billing: Billing, mailer: Mailer, compose: Compose) -> int:
    """Sends all mail that is due, some at a time; what is not taken now is tried again later. Answers how many."""
    sent, away = 0, Event()
    with mailer.session() as session, ThreadPoolExecutor(SENT_AT_A_TIME, thread_name_prefix="mail") as pool:
        send = traces.carried(partial(_send, billing, session, compose, away))
        while _goes_on(billing, away) and (rows := outbox.claim(billing, CLAIMED_AT_A_TIME, BY_MAIL)):
            sent += sum(pool.map(send, rows))
    return sent


def _goes_on(billing: Billing, away: Event) -> bool:
    """Where the server is away no other mail would fare better."""
    return not (billing.stopping.is_set() or away.is_set())


def _send(billing: Billing, session: MailSession, compose: Compose, away: Event, row: Delivery) -> int:
    if not _goes_on(billing, away):
        outbox.let_go(billing, row)
        return 0
    if not outbox.still_held(billing, row):
        return 0  # those before it took longer than a claim holds
    try:
        return _traced(billing, session, compose, row)
    except MailServerUnavailable as trouble:
        away.set()
        _try_later(billing, row, trouble, retry_after=0)  # no mail was spoken of: that was no try
    except Exception as trouble:  # whatever it is, it is logged, and the other mails go out
        log.exception("a mail could not be sent", number=row.number)
        # What no version could write for days lets those after it go to the same reader.
        for_good = row.waited > GIVE_UP_AFTER and row.tries >= MIN_TRIES
        _try_later(billing, row, trouble, for_good=for_good)
    return 0


def _traced(billing: Billing, session: MailSession, compose: Compose, row: Delivery) -> int:
    with traces.span("delivery mail", audience=row.to.audience, number=row.number, tries=row.tries):
        return _try(billing, session, compose, row)


def _try(billing: Billing, session: MailSession, compose: Compose, row: Delivery) -> int:
    try:
        message = _sent(session, compose, row)
    except MailRejected as refused:
        _give_up(billing, row, refused)
        return 0
    except MailDeferred as trouble:
        has_answered = trouble.code is not None
        if row.waited > GIVE_UP_AFTER and (has_answered or row.tries >= MIN_TRIES):
            _give_up(billing, row, MailRejected(trouble.code or HANGS_UP))
        else:
            _try_later(billing, row, trouble)
        return 0
    _taken(billing, row)
    return 0 if message is None else 1


def _sent(session: MailSession, compose: Compose, row: Delivery) -> EmailMessage | None:
    """What was written and handed over; nothing is written for a server that is away."""
    with ExitStack() as stack:
        with calling("smtp"):
            connection = stack.enter_context(session.connected())
        message = compose(row)
        if message is not None:
            with calling("smtp"):
                connection.send(message)
        return message


def _try_later(
    billing: Billing,
    row: Delivery,
    trouble: Exception,
    retry_after: float | None = None,
    *,
    for_good: bool = False,
) -> None:
    log.warning("a mail was not taken", number=row.number, trouble=str(trouble))
    error = f"{type(trouble).__name__} {trouble}"
    outbox.failed(billing, row.number, error, retry_after, for_good=for_good)


def _taken(billing: Billing, row: Delivery) -> None:
    with billing.work("mail.taken") as work:
        outbox.tell_no_more(work, row.number)
        if (receipt := _receipt_in(row)) and not row.to.recipient:
            _mark(work, row, receipt, refused=False)


def _give_up(billing: Billing, row: Delivery, refused: MailRejected) -> None:
    """Trying again would not help, or has not for days.

    For a receipt the admins are told, and for a billing contact, who gets nothing any more; of the rest a Slack
    message says the same.
    """
    log.error("a mail was refused for good", number=row.number, why=str(refused))
    with billing.work("mail.refused") as work:
        outbox.tell_no_more(work, row.number, f"refused: {refused}")
        receipt = _receipt_in(row)
        if receipt and row.to.recipient:
            _report_before(work, row, receipt, refused)
        elif receipt:
            _mark(work, row, receipt, refused=True)
            _report(work, row, receipt, refused)
        if row.to.audience is Audience.MAIL_CONTACT and _is_for_good(refused):
            contacts.refuse(work, row.workspace_id, row.to.address, refused.code or 0)


def _receipt_in(row: Delivery) -> PaymentReceived | CreditNoteIssued | None:
    """What the subscription's own recipient is sent; None for all other mail, that of billing contacts too."""
    if row.to.audience is Audience.MAIL_RECEIPTS and isinstance(
        row.event, PaymentReceived | CreditNoteIssued
    ):
        return row.event
    return None


def _mark(work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued, *, refused: bool) -> None:
    """On the subscription, past its version: nobody's open form is made stale by a mail."""
    of_it = {"workspace": row.workspace_id, "subscription": event.subscription_id}
    if refused:
        work.session.execute(mark_receipts_refused(), of_it | {"at": work.now})
    else:
        work.session.execute(mark_receipts_taken(), of_it)


def _report(
    work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued, refused: MailRejected
) -> None:
    """To the property's channel, and to whoever pays."""
    key = (row.workspace_id, event.subscription_id)
    subscription = work.session.get_one(Subscription, key, options=WHOLE_SUBSCRIPTION)
    told = ReceiptUndelivered(**subscription.about(), number=event.number, code=refused.code)
    work.tell(told, subscription.prop)
    work.tell_payers(told, subscription, mail=False)
    if subscription.receipts_to and _is_for_good(refused):
        contacts.refuse_at(work, subscription.prop, subscription.receipts_to, refused.code or 0)


def _report_before(
    work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued, refused: MailRejected
) -> None:
    """The same of a receipt of before a transfer: to those whose it is. Who has the subscription now has another."""
    prop = work.session.get_one(Property, (row.workspace_id, event.property_id))
    key = (row.workspace_id, event.subscription_id)
    about = work.session.get_one(Subscription, key, options=WHOLE_SUBSCRIPTION).about()
    there = {"property_id": prop.id, "property_name": prop.name, "time_zone": prop.time_zone}
    told = ReceiptUndelivered(**about | there, number=event.number, code=refused.code)
    work.tell(told, prop)
    work.tell_admins(told, prop)
    if row.to.recipient and _is_for_good(refused):
        contacts.refuse(work, row.workspace_id, row.to.recipient, refused.code or 0)


def _is_for_good(refused: MailRejected) -> bool:
    """Whether the mail server said so; else there was nobody to write to, or it was given up after days."""
    return refused.code is not None and refused.code >= PERMANENT
