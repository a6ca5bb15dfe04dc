"""What can be done with one subscription on the page: what its state allows, and the reader's role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.acts import Act
from billing.values.snapshots import PurchasesPage, SubscriptionSnapshot
from bot.blocks import BUTTONS, FOLDED, Block, Element, row
from bot.views import changes, payments, phrases, receipts_by_mail
from bot.views.addresses import edit_button
from bot.views.invoices import list_button
from bot.views.payment_methods import open_button
from bot.views.renewals import renew_button
from bot.views.subscriptions import cancel_button
from bot.views.transfers import transfer_button

# In the order in which they stand.
BUTTON_OF: Mapping[Act, Callable[[SubscriptionSnapshot, Translator], Element]] = MappingProxyType(
    {
        Act.RESTART: renew_button,
        Act.UNDO_CANCELLATION: renew_button,
        Act.CHANGE: changes.change_button,
        Act.CANCEL: cancel_button,
        Act.CHOOSE_PAYMENT_METHOD: open_button,
        Act.CHANGE_ADDRESS: edit_button,
        Act.CHANGE_RECEIPTS: receipts_by_mail.edit_button,
    }
)


def acts(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> Block:
    """The most important ones as buttons, the others behind three dots."""
    name = phrases.short_name(subscription)
    invoices = list_button(subscription.id, name, t)
    history = payments.history_button(subscription.id, name, t)
    if not page.property.role.writes:
        return row(invoices, history)
    goes_elsewhere = _owns_another(page) and Act.TRANSFER in subscription.allowed
    elsewhere = [transfer_button(subscription, t)] if goes_elsewhere else []
    # What does not fit comes last: the history opens by its word, too.
    everything = (*_first(subscription, page, t), invoices, *elsewhere, history)
    return row(*everything[: BUTTONS + FOLDED])


def _first(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> Iterator[Element]:
    """What changes something. Those that ask before they act come first: they must be buttons."""
    allowed, unpaid = subscription.allowed, page.unpaid.get(subscription.id)
    if unpaid is not None and Act.PAY_NOW in allowed:
        yield payments.pay_button(unpaid, subscription, t)
    if unpaid is not None and unpaid.action_url:
        yield payments.bank_button(unpaid.id, unpaid.action_url, t)
    if subscription.pending is not None and Act.UNDO_CHANGE in allowed:
        yield changes.undo_button(subscription, subscription.pending, t)
    for act, make in BUTTON_OF.items():
        if act in allowed:
            yield make(subscription, t)


def _owns_another(page: PurchasesPage) -> bool:
    """Whether the reader owns this property, and another one to which something of it could go."""
    here = page.property
    others = (one for one in page.choices if one.id != here.id)
    return here.role is Role.OWNER and any(one.role is Role.OWNER for one in others)
