"""Whether receipts of one subscription are mailed, and to whom; and what is told when one could not be delivered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.events import Event, ReceiptUndelivered, RecipientLeft
from billing.values.snapshots import ReceiptChoices, SubscriptionSnapshot
from bot.blocks import (
    VALUE,
    VALUE_LIMIT,
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    checkboxes,
    clip,
    context,
    escape,
    input_block,
    modal,
    option,
    picked,
    section,
    select,
    ticked,
)
from bot.reading import reads
from bot.views import phrases

EDIT = "receipts.edit"
CHANGE = "receipts.change"
ON = "on"


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """What was chosen, and which version of the subscription was shown. None: no receipts by mail."""

    subscription_id: str
    version: int
    receipts_to: str | None


def receipt_form(choices: ReceiptChoices, t: Translator) -> View:
    """The switch and the recipient, as they are."""
    subscription = choices.subscription
    scope = t(
        "Every paid invoice and credit note of {what} (property {property}), as a PDF by email. When off, "
        "nothing is sent and invoices stay in the list. When back on, only new ones are sent.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
    )
    return modal(
        t("Receipts by email"),
        [
            context(scope),
            *(section(sentence) for sentence in _troubles(choices, t)),
            *(_fields(choices, t) if choices.recipients else []),
        ],
        callback_id=CHANGE,
        submit=t("Save") if choices.recipients else None,
        close=t("Close"),
        metadata=json.dumps({"subscription_id": subscription.id, "version": subscription.version}),
    )


@reads
def read_receipt_form(view: Mapping[str, Any]) -> ReceiptForm:
    said = json.loads(view["private_metadata"])
    chosen = picked(view, "receipts_to") if ON in ticked(view, "receipts") else None
    return ReceiptForm(**said, receipts_to=chosen)


def receipts_changed(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever changed it."""
    about = {"what": phrases.what(snapshot), "property": escape(snapshot.property_name)}
    if snapshot.receipts_to:
        sentence = t(
            "Receipts of {what} of {property} now go to {recipient}. Earlier ones aren't sent again; they stay "
            "in the list of invoices.",
            recipient=escape(snapshot.receipts_to),
            **about,
        )
    else:
        sentence = t("Receipts of {what} of {property}: off. Invoices stay in the list.", **about)
    return Message(sentence, [section(sentence)])


def undelivered(event: ReceiptUndelivered, t: Translator) -> Message:
    """For the admins, without the address: many read the channel."""
    about = {"number": escape(event.number), **phrases.about(event)}
    if event.code is None:
        sentence = t(
            "Receipt {number} for {what} of {property} wasn't emailed: its recipient has left, can't see billing any "
            "more, or has no email address. The document is valid and stays in the list of invoices.",
            **about,
        )
    else:
        sentence = t(
            "Receipt {number} for {what} of {property} couldn't be emailed: the mail server rejected it "
            "({code}). The document is valid and stays in the list of invoices.",
            code=event.code,
            **about,
        )
    return Message(sentence, [section(sentence), actions(_other_recipient(event, t))])


def recipient_left(event: RecipientLeft, t: Translator) -> Message:
    """For the admins: somebody else is to be chosen, or nobody."""
    sentence = t(
        "<@{user}> got the receipts of {what} of {property} by email and can't receive them any more. No receipt "
        "is emailed until another recipient is chosen; every invoice stays in the list.",
        user=event.user_id,
        **phrases.about(event),
    )
    return Message(sentence, [section(sentence), actions(_other_recipient(event, t))])


def _other_recipient(event: Event, t: Translator) -> Element:
    label = t("Receipts of {what} by email", what=clip(f"{event.add_on} {event.plan}", phrases.SHORT_NAME))
    return button(t("Choose another recipient"), EDIT, event.subscription_id, label)


def edit_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Receipts of {what} by email", what=phrases.short_name(snapshot))
    return button(t("Receipts by email"), EDIT, snapshot.id, label)


def recipient_options(recipients: Sequence[str]) -> list[Element]:
    """Slack takes no longer value than this: an address beyond it cannot be chosen."""
    return [option(one, one) for one in recipients if len(one) <= VALUE_LIMIT]


def _fields(choices: ReceiptChoices, t: Translator) -> list[Block]:
    present = choices.subscription.receipts_to
    switch = checkboxes([option(t("Receive receipts by email"), ON)], [ON] if present else [])
    menu = select(
        VALUE,
        recipient_options(choices.recipients),
        t("Choose a recipient"),
        present or choices.own_address,
    )
    hint = t("Members who see this property's billing, and its confirmed billing contacts.")
    return [
        input_block("receipts", t("Receipts by email"), switch, optional=True),
        input_block("receipts_to", t("Receipts to"), menu, hint, optional=True),
    ]


def _troubles(choices: ReceiptChoices, t: Translator) -> list[str]:
    """What keeps receipts from arriving, as far as it is known."""
    subscription, found = choices.subscription, []
    if not choices.recipients:
        found.append(
            t(
                "There is no one to choose: no member who sees this property's billing has an email address in "
                "Slack, and no billing contact is confirmed."
            )
        )
    if not choices.sends:
        found.append(
            t("No mail server is set up here, so nothing is emailed yet. Ask whoever runs this app.")
        )
    if subscription.receipts_lost_by:
        found.append(
            t(
                "<@{user}> can't receive them any more, so no receipt is emailed. Choose another recipient.",
                user=subscription.receipts_lost_by,
            )
        )
    if subscription.receipts_refused_at:
        since = phrases.moment(subscription.receipts_refused_at, subscription.time_zone, t)
        found.append(t("The last receipt could not be delivered ({moment}).", moment=since))
    if choices.waiting_since:
        since = phrases.moment(choices.waiting_since, subscription.time_zone, t)
        found.append(
            t(
                "A receipt has been waiting since {moment}. It is sent once the mail server accepts it.",
                moment=since,
            )
        )
    return found
