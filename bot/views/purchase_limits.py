"""The limit above which a purchase or an upgrade waits for another admin, and what waits there (product, line 49)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.snapshots import PropertySnapshot, PurchaseLimitPage
from bot.blocks import (
    Block,
    Element,
    Message,
    View,
    button,
    clip,
    context,
    divider,
    escape,
    input_block,
    modal,
    section,
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import purchase_requests
from bot.views.phrases import SHORT_NAME

OPEN = "limit.open"
CHANGE = "limit.change"
MAX_AMOUNT = 20


def open_button(prop: PropertySnapshot, t: Translator) -> Element:
    """The way to the form."""
    label = t("Approvals of {property}", property=clip(prop.name, SHORT_NAME))
    return button(t("Approvals"), OPEN, prop.id, label)


def limit_form(page: PurchaseLimitPage, reader: str, t: Translator) -> View:
    """The limit, which owners can change, what it means, and what waits for an answer."""
    is_owner = page.property.role is Role.OWNER
    blocks = [section(_now(page, t)), *_alone(page, t), *(_input(page, t) if is_owner else [])]
    if not is_owner:
        blocks.append(context(t("Only owners can change the limit.")))
    blocks.append(context(_meaning(t)))
    for event in page.waiting:
        blocks += [divider(), *purchase_requests.waiting(event, reader, t)]
    return modal(
        t("Approvals"),
        blocks,
        callback_id=CHANGE if is_owner else None,
        submit=t("Save limit") if is_owner else None,
        close=t("Close"),
        metadata=page.property.id,
    )


@reads
def read_limit_form(view: Mapping[str, Any]) -> tuple[str, str]:
    """The property, and the amount as it was typed; empty for no limit."""
    return str(view["private_metadata"]), typed(view, "amount")


def limit_changed(page: PurchaseLimitPage, t: Translator) -> Message:
    """The private answer to whoever saved it."""
    blocks = [section(_now(page, t)), *_alone(page, t)]
    return Message(" ".join(block["text"]["text"] for block in blocks), blocks)


def _now(page: PurchaseLimitPage, t: Translator) -> str:
    name = escape(page.property.name)
    if page.limit is None:
        return t("{property} has no limit: each admin can buy and upgrade without asking.", property=name)
    return t(
        "In {property}, a purchase or an upgrade that charges more than {limit} at once waits for another admin.",
        property=name,
        limit=t.money(page.limit),
    )


def _alone(page: PurchaseLimitPage, t: Translator) -> list[Block]:
    if not page.is_alone:
        return []
    said = t(
        "*{property} has no other admin.* Until it has one, nothing above a limit can be bought or upgraded there. "
        "An owner can add an admin, and change the limit, at any time.",
        property=escape(page.property.name),
    )
    return [section(said)]


def _input(page: PurchaseLimitPage, t: Translator) -> list[Block]:
    written = str(page.limit.decimal) if page.limit else ""
    return [
        input_block(
            "amount",
            t("Limit in {currency}, with VAT", currency=page.currency),
            text_input(MAX_AMOUNT, written.replace(".", ",") if t.language == "it" else written),
            t("For example: 500. Leave it empty for no limit."),
            optional=True,
        )
    ]


def _meaning(t: Translator) -> str:
    return t(
        "What counts is what is charged at once: purchases, upgrades, restarts. Renewals, changes at the next "
        "renewal, free trials and unpaid invoices don't wait. A request is posted in the billing channel, or sent to "
        "the other admins where it isn't announced there. It expires after 72 hours. Requests already made stay as "
        "they are when the limit changes."
    )
