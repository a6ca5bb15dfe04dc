"""Credit notes: the seller corrects an invoice, whole or in part; and each as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from billing.idempotency import subject_of_key, use_key
from billing.invoicing.credit_notes import Parts, correct, event_of
from billing.invoicing.creditable import Credit, credit_of, credited_of
from billing.locks import DRY_RUN, lock_property
from billing.models import CreditNote, Invoice, Property
from billing.models.payments import UNDECIDED, PaymentState
from billing.payments.outcomes import PaymentKey, settlement
from billing.payments.refunds import parts_of
from billing.payments.settlement import Settlement
from billing.payments.superseded import close_before, giving_way
from billing.payments.waiting import as_it_stands
from billing.queries.credit_notes import notes_of_invoice
from billing.queries.payments import id_for_invoice, open_with_draft
from billing.rendering import file_of
from billing.services.lookups import invoice_named
from billing.values.actors import Actor
from billing.values.errors import BadFields
from billing.values.money import Money, read_amount
from billing.values.refusals import ChangedMeanwhile, CreditKeyReused, PaymentInProgress
from billing.values.snapshots import CreditNoteSnapshot, CreditPreview, InvoiceFile
from billing.values.texts import one_line, text_fault
from billing.work import Billing, Work

REASON_LIMIT = 200
ACT = "credit_note.issue"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the seller gives back: `amount` as a person writes it, VAT included ("12.50"); empty for all that is left.

    Unpaid, it is owed no more. Paid, it goes to the property's credit balance, or as a `refund` to the card as far
    as that has paid and was not refunded since. The `reason`, one line of at most 200 characters, stands on the note.
    """

    amount: str = ""
    refund: bool = False
    reason: str = ""


def issue(
    billing: Billing,
    invoice: str,
    wanted: Wanted,
    *,
    by: Actor | None = None,
    key: str = "",
    seen: CreditPreview | None = None,
    also: Callable[[Work], None] | None = None,
) -> CreditNoteSnapshot:
    """Corrects an invoice, given by its number or id, for the operator (product, line 38).

    `by` is who does it, where that is not the command line; under one `key` of theirs it is issued once. `seen` is
    what they were shown before: where anything of it has changed, ChangedMeanwhile is raised and nothing done.
    What is `also` done stands in the same transaction; what it raises, refuses the whole.
    The credits of an invoice never exceed its total, whoever else is at it: its subscription is locked. Raises
    NotAnAmount, BadFields for a reason that cannot be printed, NotFound, CreditOutOfBounds,
    CreditKeyReused where the key is another credit note's, and PaymentInProgress while a try to collect the invoice,
    or the payment of a change of plan, is not decided, or while the gateway does not answer where the old amount is
    to be collected no more.
    """
    _refuse_reason(wanted.reason)
    return giving_way(billing, lambda: _issue(billing, invoice, wanted, by, key, seen, also))


def preview(billing: Billing, invoice: str, wanted: Wanted, *, by: Actor) -> CreditPreview:
    """What it would give back now, and where that goes: by the act's own code. Raises what `issue` raises."""
    _refuse_reason(wanted.reason)
    with billing.dry_run(ACT) as work:
        corrected = invoice_named(work, invoice)
        work.actor = by
        credit, parts, before = _planned(work, _held(billing, work, corrected), corrected, wanted)
        return _shown(credit, parts, before, corrected.currency)


def _refuse_reason(reason: str) -> None:
    if fault := text_fault(reason, REASON_LIMIT, optional=True, printed=True):
        raise BadFields({"reason": fault})


def _issue(
    billing: Billing,
    invoice: str,
    wanted: Wanted,
    by: Actor | None,
    key: str,
    seen: CreditPreview | None,
    also: Callable[[Work], None] | None,
) -> CreditNoteSnapshot:
    with billing.work("credit_note.issue") as work:
        corrected = invoice_named(work, invoice)
        work.actor = by or Actor(corrected.workspace_id, "", "operator")
        settling = _held(billing, work, corrected)
        if key and (before := subject_of_key(work.session, work.actor, ACT, key)):
            note = work.session.get_one(CreditNote, (corrected.workspace_id, before))
            _refuse_reused(work, corrected, note, wanted, key)
            return note.snapshot()
        if also is not None:
            also(work)
        credit, parts, credited = _planned(work, settling, corrected, wanted)
        if seen is not None and seen != _shown(credit, parts, credited, corrected.currency):
            raise ChangedMeanwhile
        note = correct(work.session, work.issuer, corrected, credit, parts, one_line(wanted.reason), work.now)
        if key:
            use_key(work.session, work.actor, ACT, key, note.id, work.now)
        _tell(work, settling, corrected, note)
        return note.snapshot()


def _refuse_reused(work: Work, corrected: Invoice, note: CreditNote, wanted: Wanted, key: str) -> None:
    """Raises CreditKeyReused where that note is of another invoice, or of another amount than is asked for now."""
    same_amount = not wanted.amount or read_amount(wanted.amount, note.currency).minor == note.total_minor
    if note.invoice_id == corrected.id and same_amount:
        return
    number = work.session.get_one(Invoice, (note.workspace_id, note.invoice_id)).number
    raise CreditKeyReused(key, number, Money(note.total_minor, note.currency))


def as_file(billing: Billing, actor: Actor, credit_note_id: str, language: str) -> InvoiceFile:
    """The credit note as a PDF in that language, drawn from what was frozen. Raises NotFound, NotAllowed."""
    with billing.read("credit_note.read") as work:
        note = work.credit_note_as_reader(actor, credit_note_id)
    return file_of(billing, note, language)


def _planned(
    work: Work, settling: Settlement, corrected: Invoice, wanted: Wanted
) -> tuple[Credit, Parts, int]:
    """What is given back of each line, where the total goes, and what was given back before."""
    of_it = {"workspace_id": corrected.workspace_id, "invoice_id": corrected.id}
    notes = work.session.scalars(notes_of_invoice(), of_it).all()
    given = credited_of(work.session, corrected, [note.read_document() for note in notes])
    amount = read_amount(wanted.amount, corrected.currency) if wanted.amount else None
    credit = credit_of(corrected.read_document(), given, amount)
    promised = sum(note.refund_minor for note in notes)
    before = sum(note.total_minor for note in notes)
    limits = work.limits(corrected.currency)
    return credit, parts_of(settling, credit.total, promised, limits, refund=wanted.refund), before


def _shown(credit: Credit, parts: Parts, before: int, currency: str) -> CreditPreview:
    where = (parts.owed_minor, parts.lost_minor, parts.refund_minor, parts.balance_minor)
    every = (credit.total, *where, before)
    return CreditPreview(*(Money(minor, currency) for minor in every))


def _held(billing: Billing, work: Work, invoice: Invoice) -> Settlement:
    """The invoice's payment with its subscription and property, all locked. Raises PaymentInProgress."""
    of_it = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
    payment_id = work.session.scalars(id_for_invoice(), of_it).one()
    settling = settlement(work, billing, PaymentKey(invoice.workspace_id, payment_id))
    if settling.attempt is not None and settling.attempt.state in UNDECIDED:
        raise PaymentInProgress(settling.attempt.action_url)
    # A change of plan that waits for its payment has its draft already, which may give back of this invoice.
    of_its = {"workspace_id": invoice.workspace_id, "subscription_id": invoice.subscription_id}
    if work.session.scalar(open_with_draft(), of_its) is not None:
        raise PaymentInProgress
    if not work.session.info.get(DRY_RUN):
        close_before(settling)
    lock_property(work.session, invoice.workspace_id, invoice.property_id)
    work.property_id = invoice.property_id
    return settling


def _tell(work: Work, settling: Settlement, invoice: Invoice, note: CreditNote) -> None:
    subscription = settling.subscription
    told = event_of(subscription, invoice, note)
    if note.property_id != subscription.property_id:
        of_it = work.session.get_one(Property, (note.workspace_id, note.property_id))
        told = replace(told, credited_to=of_it.name)
    if settling.payment.state is PaymentState.CREDITED:
        told = replace(told, payment_id=settling.payment.id)
    work.tell(told, subscription.prop)
    work.mail_receipt(told, subscription)
    if note.owed_minor and (left := as_it_stands(settling, is_reminder=True)):
        work.tell_channel(left, subscription.prop)  # where the message that it failed asks for more
    work.record("credit_note.issue", invoice.id, after={"number": note.number, "total": note.total_minor})
