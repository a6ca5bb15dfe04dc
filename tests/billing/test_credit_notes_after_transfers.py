"""Credit notes after a transfer: to the company that was billed, for the balance of whoever paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.models import OutboxMessage
from billing.services import changes, invoices, payment_methods, profiles, properties, purchases, transfers
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.credited import balances, bought, down_to_a_month, issue, notes_of
from tests.billing.desk import MILANO, Desk
from tests.billing.sample_invoice import ENGLISH, ITALIAN, text_of
from tests.billing.test_einvoices import ESEMPIO, sending


def test_what_is_not_used_after_a_transfer_is_the_credit_of_the_property_that_is_charged(desk: Desk) -> None:
    plan, owner = bought(desk, "live-chat/basic/year"), desk.owner()
    corso = desk.property_of(owner, "Corso")
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, corso))
    desk.clock.now += timedelta(days=10)
    shown = down_to_a_month(desk, plan)
    (note,) = notes_of(desk)
    credit = desk.rows(
        "SELECT property_id, SUM(minor) FROM postings WHERE account = 'credit' GROUP BY property_id"
    )
    assert [tuple(row) for row in credit] == [(corso.id, -13019)]
    assert (note.property_id, shown.credited.minor) == (corso.id, 13019)
    assert verify(desk.billing) == ()


TORINO = replace(MILANO, name="Altra S.r.l.", street="Via Po 2", city="Torino", region="TO")

ALTRA = {"legal_name": "Altra S.r.l.", "vat_number": "IT01234560017"}


def transferred(desk: Desk, what: str, details: dict[str, str]) -> SubscriptionSnapshot:
    """Bought by Esempio S.r.l. in Piazza, and ten days later in Corso, which is billed by those details."""
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    order = replace(desk.order(owner, piazza, what), company=ESEMPIO)
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    profiles.change(
        desk.billing, owner, corso.id, details, profiles.look_at(desk.billing, owner, corso.id).seen
    )
    desk.clock.now += timedelta(days=10)
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, corso))
    return desk.plan(plan.id)


def test_an_upgrade_after_a_transfer_to_another_company_credits_the_one_that_was_billed(desk: Desk) -> None:
    """18 of 28 days of 10.00 and 20.00: what the old company was billed is no reduction of the new one's VAT."""
    at = sending(desk)
    plan = transferred(at, "live-chat/basic/month", TORINO.as_dict() | ALTRA)
    wanted = PlanSelection("pro", Interval.MONTH)
    shown = changes.preview_change(at.billing, at.owner(), plan.id, wanted)
    changes.change(at.billing, at.owner(), plan.id, wanted, key="up", expected_quote=shown.fingerprint)
    first, second = (invoice.read_document() for invoice in at.invoices())
    (note,) = (one.read_document() for one in notes_of(at))
    assert shown.document
    assert shown.invoice
    assert (shown.invoice.lines, shown.invoice.taxes) == (second.lines, second.taxes)
    assert shown.invoice.total - shown.document.total == note.total
    assert [one.buyer.vat_number for one in (first, note, second)] == [
        "IT01114601006",
        "IT01114601006",
        "IT01234560017",
    ]
    assert [(line.kind, line.net_minor) for line in second.lines] == [("rest", 1286)]
    assert [(line.kind, line.net_minor) for line in note.lines] == [("credit", 643)]
    assert note.corrects
    assert note.corrects.number == first.number
    assert (second.total.minor, second.credit_minor, note.total.minor) == (1569, 785, 785)
    assert at.charged() == [1220, 784] == [first.total.minor, shown.charge_now.minor]
    assert balances(at)["credit"] == 0
    assert verify(at.billing) == ()


@pytest.mark.parametrize(
    "details",
    [
        MILANO.as_dict() | {"legal_name": "Esempio", "vat_number": "IT01114601006"},
        TORINO.as_dict() | {"legal_name": "Esempio di Torino", "codice_fiscale": "01114601006"},
    ],
    ids=["another name", "by its Codice Fiscale"],
)
def test_a_company_that_goes_on_in_another_property_has_it_on_its_own_invoice(
    desk: Desk, details: dict[str, str]
) -> None:
    plan = transferred(desk, "live-chat/basic/month", details)
    up = PlanSelection("pro", Interval.MONTH)
    assert changes.preview_change(desk.billing, desk.owner(), plan.id, up).invoice is None
    changes.change(desk.billing, desk.owner(), plan.id, up, key="up")
    assert [line.kind for line in desk.invoices()[-1].read_document().lines] == ["credit", "rest"]
    assert notes_of(desk) == []


def test_a_credit_note_to_the_company_of_before_says_whose_balance_has_it(desk: Desk) -> None:
    plan = transferred(desk, "live-chat/basic/year", TORINO.as_dict() | ALTRA)
    down_to_a_month(desk, plan)
    (note,) = notes_of(desk)
    document = note.read_document()
    assert document.buyer.vat_number == "IT01114601006"
    said = text_of(document, ENGLISH)
    assert "€142.39 was added to the credit balance of Corso; its next invoices use it first." in said
    assert "è stato aggiunto al credito disponibile di Corso" in text_of(document, ITALIAN)
    assert document.corrects
    unsaid = text_of(replace(document, corrects=replace(document.corrects, credited_to="")), ENGLISH)
    assert "€142.39 was added to your credit balance" in unsaid, "as credit notes of before are drawn"
    own = issue(desk, "1.00")
    assert "was added to your credit balance" in text_of(own.read_document(), ENGLISH)
    assert verify(desk.billing) == ()


def test_after_a_transfer_it_is_the_credit_of_whoever_paid_and_listed_where_the_history_is(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza)
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    note = issue(desk)
    with desk.billing.read("test") as work:
        told = work.session.scalars(select(OutboxMessage).filter_by(kind="CreditNoteIssued")).one()
    assert (told.fact["event"]["property_name"], told.fact["event"]["credited_to"]) == ("Corso", "Piazza")
    for shop, used in ((piazza, 1220), (corso, 0)):
        quote = purchases.preview_purchase(desk.billing, owner, desk.order(owner, shop, "ai-bot/small/month"))
        assert quote.credit_used.minor == used, shop.name
    properties.choose(desk.billing, owner, corso.id)
    (listed,) = invoices.listed(desk.billing, owner).invoices
    assert [each.id for each in listed.credit_notes] == [note.id]
    assert verify(desk.billing) == ()
