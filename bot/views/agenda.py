"""The agenda: what will happen on which date, and for how much."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.snapshots import AgendaEntry, AgendaPage
from bot.blocks import Block, Element, View, actions, button, escape, modal, section
from bot.views import phrases
from bot.views.pages import RowKey, Turning, as_table_button, page_blocks

OPEN = "agenda.open"
PAGE = "agenda.page"
TABLE = "agenda.table"


def agenda(page: AgendaPage, t: Translator) -> View:
    """One page of what comes, soonest first."""
    heading = t("Upcoming charges for the property *{property}*", property=escape(page.property.name))
    rows = _rows(page, t) if page.entries else [section(_nothing(t))]
    return modal(t("Agenda"), [section(heading), *rows], close=t("Close"))


def open_button(property_id: str, name: str, t: Translator) -> Element:
    """Opens the agenda of the property of that name, which is short."""
    return button(t("Agenda"), OPEN, str(RowKey(property_id)), t("Agenda of {property}", property=name))


def _rows(page: AgendaPage, t: Translator) -> list[Block]:
    turning = Turning(PAGE, (t("Sooner"), t("Sooner dates")), (t("Later"), t("Later dates")))
    rows = [section(_row(entry, page.property.time_zone, t)) for entry in page.entries]
    table = as_table_button(TABLE, RowKey(page.property.id, page.page), t)
    return [*page_blocks(page, page.property.id, _count(page, t), rows, turning, t), actions(table)]


def _count(page: AgendaPage, t: Translator) -> str:
    count = t.plural("{count} date, soonest first", "{count} dates, soonest first", page.count)
    if page.total is None:
        return count
    if page.credit is None or page.credit.minor == 0:
        return t(
            "{count}; {amount} with VAT in total, as things stand", count=count, amount=t.money(page.total)
        )
    if page.credit.minor < 0:
        return t(
            "{count}; {amount} with VAT in total, {carried} of it from earlier invoices, as things stand",
            count=count,
            amount=t.money(page.total),
            carried=t.money(-page.credit),
        )
    return t(
        "{count}; {amount} with VAT in total after {credit} from your credit balance, as things stand",
        count=count,
        amount=t.money(page.total),
        credit=t.money(page.credit),
    )


def _row(entry: AgendaEntry, zone: str, t: Translator) -> str:
    what = escape(f"{entry.add_on} {entry.plan}")
    return f"*{t.day_of(entry.at, zone)}*{_amount(entry, t)}\n{what_happens(entry, what, t)}"


def what_happens(entry: AgendaEntry, what: str, t: Translator) -> str:
    """The sentence of that moment; `what` is the add-on with its plan."""
    return {
        "renews": t("{what} renews", what=what),
        "ends": t("{what} ends: it was cancelled and won't be charged again", what=what),
        "trial_ends": t("The free trial of {what} ends: it was cancelled and won't be charged", what=what),
        "changes": t("{what} changes as scheduled and renews", what=what),
        "converts": t("The free trial of {what} ends: first charge", what=what),
        "retries": t("Next try for the past-due invoice of {what}", what=what),
        "collects": t("The renewal of {what} is charged", what=what),
        "ends_unpaid": t("{what} ends unless its past-due invoice is paid", what=what),
    }[entry.kind]


def _amount(entry: AgendaEntry, t: Translator) -> str:
    if entry.amount is None:
        return ""
    amount = t("{amount} with VAT", amount=t.money(entry.amount))
    if entry.credit is None or entry.credit.minor == 0:
        return f" · {amount}"
    if entry.credit.minor < 0:
        return f" · {amount} · {t('{carried} of it from earlier invoices', carried=t.money(-entry.credit))}"
    credit = t("{credit} from your credit balance", credit=t.money(entry.credit))
    return f" · {amount} · {credit}" if entry.amount.minor else f" · {credit}"


def _nothing(t: Translator) -> str:
    return t(
        "No upcoming charges: no subscription is active. Open `{command}` to see what you can renew.",
        command=phrases.COMMAND,
    )
