"""What can be done with one subscription on the page: by its state, and by the reader's role."""

from __future__ import annotations

from collections.abc import Iterator

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.snapshots import PurchasesPage, SubscriptionSnapshot
from bot.blocks import BUTTONS, FOLDED, Block, Element, row
from bot.views import changes, payments, phrases, receipts_by_mail
from bot.views.addresses import edit_button
from bot.views.invoices import list_button
from bot.views.payment_methods import open_button
from bot.views.renewals import renew_button
from bot.views.subscriptions import cancel_button
from bot.views.transfers import transfer_button


def acts(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> Block:
    """The most important ones as buttons, the others behind three dots."""
    name = phrases.short_name(subscription)
    invoices = list_button(subscription.id, name, t)
    history = payments.history_button(subscription.id, name, t)
    if not page.property.role.writes:
        return row(invoices, history)
    goes_elsewhere = [transfer_button(subscription, t)] if _owns_another(page) else []
    # What does not fit comes last: the history opens by its word, too.
    everything = (*_first(subscription, page, t), invoices, *goes_elsewhere, history)
    return row(*everything[: BUTTONS + FOLDED])


def _first(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> Iterator[Element]:
    """What changes something. Those that ask before they act come first: they must be buttons."""
    unpaid = page.unpaid.get(subscription.id)
    if unpaid is not None:
        yield payments.pay_button(unpaid, subscription, t)
    if subscription.ended_at is not None:
        if unpaid is None:
            yield renew_button(subscription, t)
        return
    if subscription.ends_at is not None:
        yield renew_button(subscription, t)
    else:
        if subscription.pending is not None and subscription.pending.applies_at is not None:
            yield changes.undo_button(subscription, subscription.pending, t)
        if not phrases.owes(subscription):
            yield changes.change_button(subscription, t)
        yield cancel_button(subscription, t)
    yield open_button(subscription, t)
    yield edit_button(subscription, t)
    yield receipts_by_mail.edit_button(subscription, t)


def _owns_another(page: PurchasesPage) -> bool:
    """Whether the reader owns this property, and another one to which something of it could go."""
    here = page.property
    others = (one for one in page.choices if one.id != here.id)
    return here.role is Role.OWNER and any(one.role is Role.OWNER for one in others)
