"""How each invoice stands, in words of the reader, in Home and in every list; held against the books."""

from __future__ import annotations

import re

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.services import credit_notes
from billing.services.credit_notes import Wanted
from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import invoice_ids, rows, subscription_id

WORDS = {
    "en": {
        "paid": "paid",
        "past_due": "*past due*",
        "uncollectible": "uncollectible",
        "credited": "credited in full",
        "partly": "credited: €12.20",
        "status": "Past due",
        "page": "Page {} of",
    },
    "it": {
        "paid": "pagata",
        "past_due": "*scaduta*",
        "uncollectible": "inesigibile",
        "credited": "stornata per intero",
        "partly": "accreditati: 12,20 €",
        "status": "Pagamento scaduto",
        "page": "Pagina {} di",
    },
}
# A line of a list: number, date, perhaps what it is for, total, and how it stands.
LINE = re.compile(r"\"\*(\d{4}-\d{6})\* · .*?(?:€[\d.,]+|[\d.,]+ €) · (.*?)\"")


def said_of_invoices(seen: Seen) -> dict[str, str]:
    """What stands after the total, by number."""
    return dict(LINE.findall(text_of(seen)))


def books(slack: Conversation, words: dict[str, str]) -> dict[str, str]:
    """What is true of each invoice of the property, by the rows of its payment and its credit notes."""
    found = rows(
        slack.session.billing,
        "SELECT i.number, p.state, p.tries, i.total_minor, COALESCE((SELECT SUM(c.total_minor) FROM credit_notes c"
        " WHERE c.invoice_id = i.id), 0) FROM invoices i JOIN payments p ON p.invoice_id = i.id"
        " JOIN properties o ON o.id = i.property_id WHERE o.name = 'Piazza'",
    )
    said = {}
    for number, state, tries, total, credited in found:
        word = words["past_due" if state == "open" and tries else "credited" if total == credited else state]
        said[number] = f"{word} · {words['partly']}" if 0 < credited < total else word
    return said


async def every_list(person: Person, page: str, count: int) -> dict[str, str]:
    """What Home and all pages of the list of so many say; they do not contradict each other."""
    home = said_of_invoices(await person.opens_home())
    listed, pages = await person.opens("/billing invoices", page.format(1)), -(-count // 8)
    said = said_of_invoices(listed)
    for number in range(2, pages + 1):
        (older,) = [one for one in buttons(listed, "invoice.page") if one.endswith(f":{number}")]
        await person.presses(listed, "invoice.page", older)
        listed = await person.sees_modal(page.format(number))
        said |= said_of_invoices(listed)
    assert home.items() <= said.items()
    return said


async def is_not_paid(slack: Conversation, subscription: str) -> None:
    """Its next renewal comes, and the card is declined then and on the days after."""
    gateway = slack.session.billing.gateway
    assert isinstance(gateway, SandboxGateway)
    ((token,),) = rows(
        slack.session.billing,
        "SELECT m.token FROM subscriptions s JOIN payment_methods m ON m.id = s.payment_method_id"
        " WHERE s.id = :id",
        id=subscription,
    )
    gateway.expect(token, *[Behaviour.DECLINES] * 40)
    await slack.turn_clock(advance="32d")


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_each_invoice_says_how_it_stands_in_home_and_in_every_list(slack: Conversation) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    emma, billing, words = slack.as_person(EMMA), slack.session.billing, WORDS[slack.language]
    plan = subscription_id(billing, "Piazza", "ai-assist")
    newest, before, *_ = invoice_ids(billing, plan)
    credit_notes.issue(billing, newest, Wanted("12.20"))
    credit_notes.issue(billing, before, Wanted())
    true = books(slack, words)
    said = await every_list(emma, words["page"], len(true))
    assert said == true
    assert {words["paid"], words["credited"], f"{words['paid']} · {words['partly']}"} <= set(said.values())
    await is_not_paid(slack, plan)
    true = books(slack, words)
    said = await every_list(emma, words["page"], len(true))
    assert said == true
    assert words["past_due"] in said.values()
    home = await emma.opens_home()
    assert words["status"] in text_of(home)
    assert words["past_due"] in said_of_invoices(home).values()
    await slack.turn_clock(advance="40d")
    true = books(slack, words)
    said = await every_list(emma, words["page"], len(true))
    assert said == true
    assert words["uncollectible"] in said.values()
