"""Whether a subscription follows the billing profile of its property, and the profile on the page."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.snapshots import PurchasesPage, SubscriptionSnapshot
from bot.blocks import Block, Element, Message, button, clip, escape, section
from bot.views import phrases

EDIT = "profile.edit"
FOLLOW = "profile.follow"
# As much of address and company as stands in one sentence with the names of add-on, plan and property.
SHOWN = 150


def on_page(page: PurchasesPage, t: Translator) -> list[Block]:
    """The profile with its Edit beside it, once something was bought."""
    if not (page.running or page.ended):
        return []
    edit = edit_button(page.property.id, page.property.name, t) if page.property.role.writes else None
    said = t("*Billing profile:* {profile}", profile=in_words(page.address, page.company, t))
    return [section(said, edit)]


def follows_again(now: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer: one goes by the profile again."""
    sentence = t(
        "{what} follows the billing profile of {property}: {profile}. Issued invoices don't change. Nothing was "
        "charged.",
        what=phrases.what(now),
        property=escape(now.property_name),
        profile=in_words(now.address, now.company, t),
    )
    return Message(sentence, [section(sentence)])


def which_buyer(subscription: SubscriptionSnapshot, t: Translator) -> list[Block]:
    """In the form of one subscription: that it has its own, or follows, with the way to the other."""
    if not subscription.property_has_profile:
        return []
    if subscription.has_own_buyer:
        own = t("It has its own billing details and doesn't follow the property's billing profile.")
        label = t("Follow the billing profile with {what}", what=phrases.short_name(subscription))
        return [section(own, button(t("Follow the profile"), FOLLOW, subscription.id, label))]
    follows = t(
        "It follows the property's billing profile. What you save here is only for this subscription."
    )
    return [section(follows, edit_button(subscription.property_id, subscription.property_name, t))]


def edit_button(property_id: str, name: str, t: Translator) -> Element:
    """The way to the form of the profile."""
    label = t("Edit the billing profile of {property}", property=clip(name, phrases.SHORT_NAME))
    return button(t("Edit"), EDIT, property_id, label)


def in_words(address: BillingAddress | None, company: Company | None, t: Translator) -> str:
    """Address and company on one line, or that there is none."""
    parts = [phrases.address_line(address, t, SHOWN)] if address else [t("not set yet")]
    if company:
        parts.append(phrases.company(company, t, SHOWN))
    return " · ".join(parts)
