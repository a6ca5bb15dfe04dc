"""Giving money back: the operator's act, for what a credit note promised or what stands to a property's credit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import chain, count

from billing.ledger import credit_balance
from billing.locks import lock_property
from billing.models import Payment, Refund
from billing.models.base import new_id
from billing.models.refunds import RefundState
from billing.payments.refunds import RefundKey, follow_refund
from billing.queries.credit_notes import promised_by_notes
from billing.queries.payment_attempts import succeeded
from billing.queries.payments import number_of_payment, payment_for_number
from billing.queries.refunds import refund_of_key, refunded
from billing.values.actors import Actor
from billing.values.disputes import DisputeState
from billing.values.money import Money, read_amount
from billing.values.polling import POLL_AFTER
from billing.values.refusals import (
    ChangedMeanwhile,
    NotFound,
    NothingToRefund,
    RefundKeyReused,
    RefundNotExact,
)
from billing.values.snapshots import RefundPreview, RefundSnapshot
from billing.work import Billing, Work


def refund(
    billing: Billing,
    operator: Actor,
    number: str,
    *,
    key: str,
    amount: Decimal | None = None,
    seen: RefundPreview | None = None,
    also: Callable[[Work], None] | None = None,
) -> RefundSnapshot:
    """Gives back what was paid by card for that invoice: all of it, or that amount in major units (12.50).

    What came late for a purchase has no invoice: `number` is the payment's id then.
    What credit notes have promised to the card goes first, then what stands to the property's credit; what is owed
    to nobody cannot be given back: a credit note comes first. `key` is the same for every try of one refund.
    `seen` is what was shown before: where anything of it has changed, ChangedMeanwhile is raised and nothing done.
    What is `also` done stands in the transaction that asks for it; what it raises, refuses the whole.
    Raises NotFound, NothingToRefund, RefundNotExact for an amount between two that the gateway sends, and
    RefundKeyReused where the key is another refund's.
    """
    with billing.work("refund.ask") as work:
        payment = _paid(work, operator, number)
        lock_property(work.session, payment.workspace_id, payment.property_id)
        again = work.session.scalar(refund_of_key(), {"workspace_id": payment.workspace_id, "key": key})
        if again is not None:
            _refuse_reused(work, payment, again, amount)
            refund_id = again.id
        else:
            if also is not None:
                also(work)
            if seen is not None and seen != _shown(work, payment, amount):
                raise ChangedMeanwhile
            refund_id = _open(work, operator, payment, key, amount).id
    follow_refund(billing, RefundKey(operator.workspace_id, refund_id), answers=True)
    with billing.read("refund.look") as work:
        made = work.session.get_one(Refund, (operator.workspace_id, refund_id))
        return RefundSnapshot(made.id, made.amount, str(made.state), made.reason)


def preview(billing: Billing, operator: Actor, number: str, amount: Decimal | None = None) -> RefundPreview:
    """What `refund` would give back now, by its own rules. Raises NotFound, NothingToRefund, RefundNotExact."""
    with billing.read("refund.ask") as work:
        return _shown(work, _paid(work, operator, number), amount)


def usual_key(billing: Billing, operator: Actor, number: str, amount: Decimal | None = None) -> str:
    """The key of whoever gives none: the same amount is the same refund, as long as that has not failed.

    All that can be given back is something else once that is done and more of it is to be given back.
    """
    with billing.read("refund.ask") as work:
        payment = _paid(work, operator, number)
        name = f"{number} {'all' if amount is None else read_amount(str(amount), payment.currency).decimal}"
        last = None
        for key in chain([name], (f"{name} {again}" for again in count(2))):
            made = work.session.scalar(refund_of_key(), {"workspace_id": payment.workspace_id, "key": key})
            if made is None:
                break
            last = made
        if last is None:
            return key
        is_over = last.state is RefundState.FAILED or (amount is None and last.state is RefundState.SUCCEEDED)
        return key if is_over and _can_refund(work, payment, amount) else last.key


def _can_refund(work: Work, payment: Payment, amount: Decimal | None) -> bool:
    try:
        _split(work, payment, amount)
    except NothingToRefund:
        return False
    return True


def _paid(work: Work, operator: Actor, number: str) -> Payment:
    work.actor = operator
    named = {"workspace_id": operator.workspace_id, "number": number}
    payment = work.session.scalar(payment_for_number(), named) or work.session.get(
        Payment, (operator.workspace_id, number), with_for_update=True
    )
    if payment is None:
        raise NotFound("invoice")
    work.property_id = payment.property_id
    return payment


def _refuse_reused(work: Work, payment: Payment, made: Refund, amount: Decimal | None) -> None:
    """Raises RefundKeyReused where that refund is of another invoice, or of another amount than is asked for now."""
    same_amount = amount is None or amount == made.amount.decimal
    if made.payment_id == payment.id and same_amount:
        return
    of_it = {"workspace_id": made.workspace_id, "payment_id": made.payment_id}
    number = work.session.scalar(number_of_payment(), of_it) or made.payment_id
    raise RefundKeyReused(made.key, number, made.amount)


def _open(work: Work, operator: Actor, payment: Payment, key: str, amount: Decimal | None) -> Refund:
    wanted, promised = _split(work, payment, amount)
    made = Refund(
        workspace_id=payment.workspace_id,
        id=new_id("ref"),
        property_id=payment.property_id,
        payment_id=payment.id,
        key=key,
        state=RefundState.OPEN,
        currency=payment.currency,
        minor=wanted,
        promised_minor=promised,
        requested_by=operator.user_id,
        requested_at=work.now,
        poll_at=work.now + POLL_AFTER[0],
        polls=0,
    )
    work.session.add(made)
    work.record("refund.ask", made.id, after={"minor": wanted})
    return made


def _shown(work: Work, payment: Payment, amount: Decimal | None) -> RefundPreview:
    every = (*_split(work, payment, amount), _given(work, payment))
    return RefundPreview(*(Money(minor, payment.currency) for minor in every))


def _split(work: Work, payment: Payment, amount: Decimal | None) -> tuple[int, int]:
    """What goes back, and how much of it was promised by credit notes. Raises NothingToRefund, RefundNotExact."""
    promised, limits = _promised(work, payment), work.limits(payment.currency)
    most = limits.in_steps(min(_left_of(work, payment), promised + max(_credit(work, payment), 0)))
    wanted = _wanted(amount, most, payment.currency)
    if wanted != limits.in_steps(wanted):
        raise RefundNotExact(Money(wanted, payment.currency), Money(limits.step, payment.currency))
    return wanted, min(wanted, promised)


def _wanted(amount: Decimal | None, most: int, currency: str) -> int:
    """The amount in minor units, all that can be given back without one. Raises NothingToRefund, NotAnAmount."""
    wanted = most if amount is None else read_amount(str(amount), currency).minor
    if not 0 < wanted <= most:
        raise NothingToRefund(Money(max(most, 0), currency))
    return wanted


def _left_of(work: Work, payment: Payment) -> int:
    """What the gateway has collected for it, was not told to give back, and no bank took back after a dispute."""
    if payment.dispute is DisputeState.LOST:
        return 0
    collected = work.session.scalars(succeeded(), _key_of(payment)).one()
    return payment.minor * collected - _given(work, payment)


def _given(work: Work, payment: Payment) -> int:
    """What the gateway was told to give back, less what failed."""
    given, _ = work.session.execute(refunded(), _key_of(payment)).one()
    return int(given or 0)


def _promised(work: Work, payment: Payment) -> int:
    """What credit notes have promised to the card and no refund has paid yet."""
    of_invoice = {"workspace_id": payment.workspace_id, "invoice_id": payment.invoice_id}
    notes = work.session.scalar(promised_by_notes(), of_invoice)
    _, paid = work.session.execute(refunded(), _key_of(payment)).one()
    return int(notes or 0) - int(paid or 0)


def _key_of(payment: Payment) -> dict[str, str]:
    return {"workspace_id": payment.workspace_id, "payment_id": payment.id}


def _credit(work: Work, payment: Payment) -> int:
    return credit_balance(work.session, payment.workspace_id, payment.property_id, payment.currency).minor
