"""Credit notes, refunds and payments by the seller's own people, each shown before it is done, and confirmed."""

from __future__ import annotations

from collections.abc import Callable

from billing import Actor, Billing
from billing.services import approvals, operators
from billing.values.refusals import NotFound, PaymentInProgress
from billing.values.snapshots import Customer
from bot.context import Turn
from bot.listeners.approvals import announce
from bot.listeners.operators import admitted, ask_bank, call
from bot.views import operator_acts as views
from bot.views import operator_refunds as refund_views
from bot.views import operator_retries as retry_views


async def open_credit(turn: Turn, number: str) -> None:
    """`/billing-operator credit NUMBER`."""
    if (of := await _named(turn, turn.t("credit"), number, operators.invoice)) is not None:
        await turn.open(views.credit_form(of, turn.t))


async def preview_credit(turn: Turn) -> None:
    """The form of a credit note was filled in."""
    of = await call(turn, operators.invoice, views.read_invoice(turn.view))
    wanted = views.read_wanted(turn.view)
    try:
        seen = await call(turn, operators.preview_credit, of, wanted)
    except PaymentInProgress as why:
        await turn.reply(views.not_credited(of, why, turn.t))
    else:
        asks = admitted(turn).alone.needs_another(seen.in_all)
        await turn.show(views.credit_preview(of, wanted, seen, turn.t, asks=asks))


async def credit(turn: Turn) -> None:
    """ "Yes, credit", or "Ask for approval"."""
    form = views.read_credit(turn.view)
    of = await call(turn, operators.invoice, form.invoice_id)
    key = str(turn.view["id"])  # without one, two refunds would be one
    if form.asks:
        await announce(turn, await call(turn, approvals.ask_credit, of, form.wanted, form.seen, key=key))
        return
    await turn.mark_money_may_move()
    alone = admitted(turn).alone
    try:
        note = await ask_bank(turn, operators.credit, of, form.wanted, form.seen, alone=alone, key=key)
    except PaymentInProgress as why:
        await turn.reply(views.not_credited(of, why, turn.t))
    else:
        await turn.reply(views.credited(of, note, form.seen.refund, turn.t))


async def open_refund(turn: Turn, number: str) -> None:
    """`/billing-operator refund NUMBER`, or the id of a payment that has no invoice."""
    if (of := await _named(turn, turn.t("refund"), number, operators.paid)) is not None:
        await turn.open(refund_views.refund_form(of, turn.t))


async def preview_refund(turn: Turn) -> None:
    """The form of a refund was filled in."""
    of = await call(turn, operators.paid, refund_views.read_paid(turn.view))
    seen = await call(turn, operators.preview_refund, of, refund_views.read_amount_typed(turn.view))
    asks = admitted(turn).alone.needs_another(seen.in_all)
    if asks and of.payment_id:
        await turn.reply(refund_views.cannot_wait(of, seen, turn.t))
        return
    await turn.show(refund_views.refund_preview(of, seen, turn.t, asks=asks))


async def refund(turn: Turn) -> None:
    """ "Yes, refund", or "Ask for approval"."""
    form = refund_views.read_refund(turn.view)
    of = await call(turn, operators.paid, form.paid_id)
    key = str(turn.view["id"])
    if form.asks:
        await announce(turn, await call(turn, approvals.ask_refund, of, form.seen, key=key))
        return
    await turn.mark_money_may_move()
    alone = admitted(turn).alone
    made = await ask_bank(turn, operators.refund, of, form.seen, alone=alone, key=key)
    await turn.reply(refund_views.refunded(of, made, turn.t))


async def open_retry(turn: Turn, number: str) -> None:
    """`/billing-operator retry NUMBER`: what will be charged, before it is."""
    if (of := await _named(turn, turn.t("retry"), number, operators.invoice)) is not None:
        try:
            seen = await call(turn, operators.preview_retry, of)
        except retry_views.NOT_TRIED as why:
            await turn.reply(retry_views.not_tried(of, why, turn.t))
        else:
            await turn.open(retry_views.retry_preview(of, seen, turn.t))


async def retry(turn: Turn) -> None:
    """ "Yes, charge now"."""
    invoice_id, payment_id = retry_views.read_retry(turn.view)
    of = await call(turn, operators.invoice, invoice_id)
    try:
        seen = await call(turn, operators.preview_retry, of)
        await turn.mark_money_may_move()
        paid = await ask_bank(turn, operators.retry, of, payment_id)
    except retry_views.NOT_TRIED as why:
        await turn.reply(retry_views.not_tried(of, why, turn.t))
    else:
        await turn.reply(retry_views.retried(of, seen.subscription, paid, turn.t))


async def _named(
    turn: Turn, word: str, number: str, find: Callable[[Billing, Actor, str], Customer]
) -> Customer | None:
    """Whose it is, what was typed behind the word; None, and said, where nothing is found."""
    if not number:
        await turn.reply(views.needs_number(word, turn.t))
        return None
    try:
        return await call(turn, find, number)
    except NotFound:
        await turn.reply(views.no_invoice(number, turn.t))
        return None
