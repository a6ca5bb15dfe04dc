"""A subscription on one line, where many stand under one another; everything about it is behind its button."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.snapshots import PurchasesPage, SubscriptionSnapshot
from bot.blocks import Block, Element, button, section
from bot.views import phrases

DETAILS = "subscription.details"
# So many stand unfolded.
MOST_UNFOLDED = 4


def are_folded(page: PurchasesPage) -> bool:
    """Whether the page has so many subscriptions that each gets a line."""
    return len(page.running) + len(page.ended) > MOST_UNFOLDED


def line(subscription: SubscriptionSnapshot, _: PurchasesPage, t: Translator) -> list[Block]:
    """What it is, what it costs and how it stands. What is unpaid stands first on the page."""
    parts = [f"*{phrases.what(subscription)}*"]
    if subscription.ended_at is None:
        parts.append(phrases.price(subscription, t))
    status = phrases.status(subscription, t)
    lines = [" · ".join((*parts, f"*{status}*" if phrases.owes(subscription) else status))]
    if change := phrases.pending(subscription, t):
        lines.append(change)
    if usage := phrases.usage(subscription, t):
        lines.append(usage)
    if subscription.next_charge is not None and subscription.status != "trialing":
        lines.append(f"{t('Next charge')}: {phrases.next_charge(subscription, t)}")
    return [section("\n".join(lines), details_button(subscription, t))]


def details_button(subscription: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Details of {what}", what=phrases.short_name(subscription))
    return button(t("Details"), DETAILS, subscription.id, label)
