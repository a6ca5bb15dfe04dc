"""The page "Purchases and invoices", as the App Home tab and as the private answer to the bare command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from billing.i18n import Translator
from billing.values.snapshots import InvoiceSnapshot, PurchasesPage, SubscriptionSnapshot
from bot.blocks import (
    HOME_BLOCKS,
    MESSAGE_BLOCKS,
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    context,
    divider,
    escape,
    fields,
    header,
    home_tab,
    modal,
    row,
    section,
    select,
)
from bot.views import agenda, budgets, finding, folded, payment_methods, phrases, spend
from bot.views.access import join_button, who_adds
from bot.views.acts import acts
from bot.views.following import on_page
from bot.views.invoices import invoice_row, list_button
from bot.views.overview import figures, needs
from bot.views.payments import history_button, unpaid_fact
from bot.views.properties import CHOOSE, property_options
from bot.views.purchases import buy_button
from bot.views.settings import settings_button

NEW_PROPERTY = "property.new"


def card(page: PurchasesPage, t: Translator) -> Message:
    """The page as a message; what has no room in it stands in the Home tab."""

    def more(count: int) -> Block:
        return context(
            t.plural("and {count} more in the Home tab", "and {count} more in the Home tab", count)
        )

    return Message(_summary(page, t), _blocks(page, t, MESSAGE_BLOCKS, more))


def home(page: PurchasesPage, t: Translator) -> View:
    """The page as the Home tab."""

    def more(count: int) -> Block:
        return context(
            t.plural(
                "and {count} more: `{command} invoices` lists the invoices of all",
                "and {count} more: `{command} invoices` lists the invoices of all",
                count,
                command=phrases.COMMAND,
            )
        )

    return home_tab(_blocks(page, t, HOME_BLOCKS, more))


def home_without_property(t: Translator, owners: Sequence[str], *, can_create: bool) -> View:
    """`owners` are those who can add the reader to a property of theirs."""
    return home_tab([header(t("Purchases and invoices")), *_without_property(t, owners, can_create)])


def without_property(t: Translator, owners: Sequence[str], *, can_create: bool) -> Message:
    return Message(_first_step(t, owners, can_create), _without_property(t, owners, can_create))


def home_refused(message: Message, t: Translator) -> View:
    """The Home tab of somebody who may not see it, and why."""
    return home_tab([header(t("Purchases and invoices")), *message.blocks, context(_help(t))])


def _blocks(page: PurchasesPage, t: Translator, most: int, more: Callable[[int], Block]) -> list[Block]:
    top, bottom = _top(page, t), _bottom(page, t)
    body = _body(page, t, most - len(top) - len(bottom), more)
    return [*top, *(body or _nothing_bought(page, t)), *bottom]


def _body(page: PurchasesPage, t: Translator, room: int, more: Callable[[int], Block]) -> list[Block]:
    """What goes on; apart from it what is cancelled, and what has ended."""
    # What somebody must do something about comes first.
    running = sorted(page.running, key=lambda one: one.id not in page.unpaid)
    alive, over = (folded.line, folded.line) if folded.are_folded(page) else (_running, _ended)
    all_parts: tuple[tuple[list[Block], list[list[Block]]], ...] = (
        ([], [alive(one, page, t) for one in running if one.ends_at is None]),
        ([header(t("Cancelled"))], [alive(one, page, t) for one in running if one.ends_at]),
        ([header(t("Ended"))], [over(one, page, t) for one in page.ended]),
    )
    parts = [(heading, groups) for heading, groups in all_parts if groups]
    body: list[Block] = []
    for index, (heading, groups) in enumerate(parts):
        # A heading, and a line that says how many there are, are kept free for each part that follows.
        kept = 2 * len(parts[index + 1 :])
        body += heading
        body += _fitting(groups, room - len(body) - kept, more)
    return body


def _top(page: PurchasesPage, t: Translator) -> list[Block]:
    menu = None
    if len(page.choices) > 1:
        options = property_options(page.choices)
        menu = select(CHOOSE, options, t("Choose a property"), page.property.id)
    name = section(t("Property: *{property}*", property=escape(page.property.name)), menu)
    top = [header(t("Purchases and invoices")), name]
    if not page.property.role.writes:
        reader = t("You're an accountant here: you can view billing, not change it.")
        top.append(context(reader))
    found_by = [finding.field(t)] if folded.are_folded(page) else []
    known = (*needs(page, t), *figures(page, t), *budgets.on_page(page, t), *on_page(page, t))
    return [*top, row(*_first_buttons(page, t)), *found_by, *known, divider()]


def _first_buttons(page: PurchasesPage, t: Translator) -> list[Element]:
    """The ways that are looked for most, whatever was bought."""
    prop, name = page.property, clip(page.property.name, phrases.SHORT_NAME)
    buttons = [buy_button(t)] if prop.role.writes else []
    buttons.append(settings_button(prop, t))
    if page.running or page.ended:
        lists = (
            list_button(None, name, t),
            agenda.open_button(prop.id, name, t),
            spend.open_button(prop.id, name, t),
            history_button(None, name, t),
        )
        buttons.extend(lists)
    return buttons


def _bottom(page: PurchasesPage, t: Translator) -> list[Block]:
    name, zone = escape(page.property.name), escape(page.property.time_zone)
    where = t("Property {property} · time zone {zone}", property=name, zone=zone)
    return [context(where, _help(t))]


def details(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> View:
    """All about one subscription, where the page has only a line of it."""
    shown = (_ended if subscription.ended_at else _running)(subscription, page, t)
    property_name = context(t("Property: *{property}*", property=escape(page.property.name)))
    return modal(t("Subscription"), [*shown, property_name], close=t("Close"))


def _running(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> list[Block]:
    purchased = t.day_of(subscription.purchased_at, subscription.time_zone)
    facts = [
        (t("Price"), phrases.price(subscription, t)),
        (t("Status"), phrases.status(subscription, t)),
        (t("Next charge"), phrases.next_charge(subscription, t)),
        (t("Payment method"), payment_methods.cards(subscription, t)),
        (t("Purchased on"), purchased),
        (t("Receipts"), phrases.receipts(subscription, t)),
        (t("Billing address"), phrases.address(subscription, t)),
    ]
    if subscription.company:
        facts.append((t("Company"), phrases.company(subscription.company, t)))
    if change := phrases.pending(subscription, t):
        facts.insert(3, (t("Scheduled change"), change))
    if unpaid := page.unpaid.get(subscription.id):
        facts.insert(2, (t("Unpaid"), unpaid_fact(unpaid, subscription, t)))
    return [
        section("\n".join(filter(None, (f"*{phrases.what(subscription)}*", phrases.usage(subscription, t))))),
        fields(facts),
        *_newest(page.invoices.get(subscription.id, ()), t),
        acts(subscription, page, t),
        divider(),
    ]


def _newest(invoices: Sequence[InvoiceSnapshot], t: Translator) -> list[Block]:
    if not invoices:
        return [context(t("No invoices yet."))]
    return [invoice_row(invoice, t) for invoice in invoices]


def _ended(subscription: SubscriptionSnapshot, page: PurchasesPage, t: Translator) -> list[Block]:
    lines = [
        f"*{phrases.what(subscription)}*",
        phrases.status(subscription, t),
    ]
    if change := phrases.pending(subscription, t):
        lines.append(change)
    if unpaid := page.unpaid.get(subscription.id):
        lines.append(f"{t('Unpaid')}: {unpaid_fact(unpaid, subscription, t)}")
    return [section("\n".join(lines)), acts(subscription, page, t)]


def _fitting(groups: Sequence[list[Block]], room: int, more: Callable[[int], Block]) -> list[Block]:
    """As many whole groups as there is room for; a last line says how many are left out."""
    taken: list[Block] = []
    for index, blocks in enumerate(groups):
        is_last = index == len(groups) - 1
        if len(taken) + len(blocks) > (room if is_last else room - 1):
            return [*taken, more(len(groups) - index)]
        taken += blocks
    return taken


def _nothing_bought(page: PurchasesPage, t: Translator) -> list[Block]:
    sentence = t(
        "{property} has no subscriptions yet. They appear here, with their invoices, once you buy one. Type "
        "`{command} help` to see what you can do.",
        property=escape(page.property.name),
        command=phrases.COMMAND,
    )
    return [section(sentence)]


def _summary(page: PurchasesPage, t: Translator) -> str:
    """The page in one sentence: how many there are, and the charge that comes first."""
    name, count = escape(page.property.name), len(page.running)
    sentence = t.plural(
        "Purchases and invoices of {property}: {count} running subscription.",
        "Purchases and invoices of {property}: {count} running subscriptions.",
        count,
        property=name,
    )
    charged = [(one.next_charge_at, one) for one in page.running if one.next_charge_at is not None]
    if not charged:
        return sentence
    _, first = min(charged, key=lambda one: one[0])
    return f"{sentence} {t('Next charge: {charge}.', charge=phrases.next_charge(first, t))}"


def _without_property(t: Translator, owners: Sequence[str], can_create: bool) -> list[Block]:
    first = section(_first_step(t, owners, can_create))
    if not can_create:
        return [first, *([actions(join_button(t))] if owners else []), context(_help(t))]
    create = button(t("Create a property"), NEW_PROPERTY, "new", style="primary")
    return [first, section(three_steps(t)), actions(create), context(_help(t))]


def three_steps(t: Translator) -> str:
    """What whoever installed the app does first."""
    steps = (
        t("1. Create the property, with its country and time zone."),
        t(
            "2. Type /invite in your team's channel and choose this app, then type `{command} channel`.",
            command=phrases.COMMAND,
        ),
        t("3. Add the others with `{command} members`, then `{command} buy`.", command=phrases.COMMAND),
    )
    return "\n".join(steps)


def _first_step(t: Translator, owners: Sequence[str], can_create: bool) -> str:
    if can_create:
        return t(
            "You don't belong to any property yet. A property is the site or brand that is billed: "
            "as an owner of this workspace you can create the first one."
        )
    if owners:
        return " ".join((t("You don't belong to any property yet."), who_adds(owners, t)))
    return t(
        "You don't belong to any property yet. Ask an owner of this workspace to create one, "
        "or a property's owner to add you."
    )


def _help(t: Translator) -> str:
    return t("Help: `{command} help`", command=phrases.COMMAND)
