"""Receipts by mail: product lines 19 to 21, over a real SMTP server, with the very PDF that Slack gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from billing import Actor
from billing.adapters.mail import SmtpMailer
from billing.bootstrap import posting
from billing.renewals import bulk
from billing.services import (
    contacts,
    credit_notes,
    due_work,
    invoices,
    members,
    payment_methods,
    purchases,
    receipts,
    transfers,
)
from billing.services.credit_notes import Wanted
from billing.services.verify import health, verify
from billing.values.actors import Role
from billing.values.contacts import ContactKind
from billing.values.errors import BadFields, Fault
from billing.values.refusals import ChangedMeanwhile, NotAllowed, NotFound
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.office import ANNAS, HEAD, HOSTILE, OWNERS, Office, office_of
from tests.billing.test_einvoices import ESEMPIO, sending
from tests.mailboxes import Box, attached, text_in

pytestmark = pytest.mark.slow


def test_a_paid_invoice_is_mailed_once_with_the_pdf_that_slack_gives(both: Office) -> None:
    both.buy()
    assert (both.deliver(), both.deliver()) == (1, 0)
    (mail,) = both.box.taken
    assert both.subjects() == ["Fattura 2026-000001 di Venditore S.p.A. (12,20 €)"]
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"
    ((name, content),) = attached(mail)
    assert [sha256(content).hexdigest()] == [
        row.digest for row in both.desk.rows("SELECT digest FROM drawings")
    ]
    (invoice,) = both.desk.invoices()
    file = invoices.as_file(both.desk.billing, both.owner, invoice.id, "it")
    assert (name, content) == ("2026-000001.pdf", file.content)
    text = text_in(mail)
    assert "Live Chat Basic per Piazza, 31 gennaio 2026 – 27 febbraio 2026." in text
    assert "12,20 € pagati con Visa •••• 4242 il 31 gennaio 2026." in text
    for part in (text, text_in(mail, "html")):
        assert "Fattura 2026-000001" in part
        assert HEAD[1] in part
    assert str(mail["Content-Language"]) == "it"
    assert verify(both.desk.billing) == ()


def test_an_e_invoice_comes_beside_the_pdf(office: Office) -> None:
    desk = sending(office.desk)
    order = replace(desk.order(office.owner, office.shop), company=ESEMPIO, receipts_to=OWNERS)
    purchases.purchase(desk.billing, office.owner, order, key=desk.key())
    assert posting(desk.billing, office.mailer, *HEAD)() == 1
    mail = office.box.taken[-1]
    pdf, xml = attached(mail)
    assert "Il documento è allegato in PDF, la sua fattura elettronica in XML." in text_in(mail)
    ((name, content),) = desk.rows("SELECT file_name, content FROM einvoices")
    assert (pdf[0], xml) == ("2026-000001.pdf", (name, bytes(content)))


def test_a_renewal_is_mailed_when_it_is_paid_in_the_recipients_language(both: Office) -> None:
    plan = both.buy(receipts_to=ANNAS)
    both.desk.turn_to(plan.period_end_at)
    assert both.deliver() == 2
    assert both.subjects() == [
        "Invoice 2026-000001 of Venditore S.p.A. (€12.20)",
        "Invoice 2026-000002 of Venditore S.p.A. (€12.20)",
    ]
    invoice = both.desk.invoices()[-1]
    file = invoices.as_file(both.desk.billing, both.owner, invoice.id, "en")
    assert attached(both.box.taken[-1]) == [("2026-000002.pdf", file.content)]


def test_a_credit_note_is_mailed_too(office: Office) -> None:
    office.buy()
    note = credit_notes.issue(office.desk.billing, "2026-000001", Wanted("5.00", reason="Cortesia"))
    office.deliver()
    assert office.subjects()[-1] == "Nota di credito CN-2026-000001 di Venditore S.p.A. (5,00 €)"
    file = credit_notes.as_file(office.desk.billing, office.owner, note.id, "it")
    assert attached(office.box.taken[-1]) == [("CN-2026-000001.pdf", file.content)]
    assert "A rettifica della fattura 2026-000001" in text_in(office.box.taken[-1])


def test_what_credit_paid_is_said(office: Office) -> None:
    plan = office.buy()
    credit_notes.issue(office.desk.billing, "2026-000001", Wanted("5.00"))
    office.desk.turn_to(plan.period_end_at)
    office.deliver()
    assert "7,20 € pagati con Visa •••• 4242 e 5,00 € con il credito disponibile" in text_in(
        office.box.taken[-1]
    )


def test_in_bulk_and_one_at_a_time_mail_the_same(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    twins = office_of(desk, box, mailer)
    bought = [twins.buy(), replace(twins, shop=twins.desk.property_of(twins.owner, "Twin")).buy()]
    twins.deliver()
    box.taken.clear()
    twins.desk.clock.now = bought[0].period_end_at
    billing = twins.desk.billing
    twins.desk.execute("UPDATE subscriptions SET due_failures = 1 WHERE id = :s", s=bought[1].id)
    assert bulk.renew(billing) == 1
    report = due_work.run_due(billing)
    assert (report.renewed, report.collected) == (1, 2)
    rows = twins.desk.rows(
        "SELECT kind, written_at, tries FROM outbox WHERE audience = 'mail_receipts' AND told_at IS NULL"
    )
    assert len(rows) == 2
    assert len(set(rows)) == 1
    assert twins.deliver() == 2
    said = [text_in(mail).replace("Twin", "Piazza") for mail in box.taken]
    assert [one.replace("2026-000003", "2026-000004") for one in said] == [
        said[-1].replace("2026-000003", "2026-000004")
    ] * 2


def test_switched_off_nothing_is_mailed_and_on_again_there_is_no_backlog(both: Office) -> None:
    plan = both.buy()
    assert both.choose(plan.id, None).receipts_to is None  # what waited is not sent either
    both.desk.turn_to(plan.period_end_at)
    assert both.deliver() == 0
    assert invoices.listed(both.desk.billing, both.owner, plan.id).count == 2
    both.choose(plan.id, ANNAS)
    assert both.deliver() == 0
    both.desk.turn_to(both.desk.plan(plan.id).period_end_at)
    assert both.deliver() == 1
    assert both.subjects() == ["Invoice 2026-000003 of Venditore S.p.A. (€12.20)"]
    first, second = both.desk.audit("receipts.change")
    assert (first.before, first.after) == ({"receipts_to": "UOWNER"}, {"receipts_to": None})
    assert (second.before, second.after) == ({"receipts_to": None}, {"receipts_to": "UANNA"})


def test_what_waits_goes_to_whoever_is_chosen_when_it_is_sent(office: Office) -> None:
    plan = office.buy()
    away = replace(office, mailer=SmtpMailer("smtp://127.0.0.1:9"))
    assert (away.deliver(), office.waiting()) == (0, 1)
    found = receipts.choices(office.desk.billing, office.owner, plan.id)
    assert (found.waiting_since, found.sends) == (office.desk.clock.now, True)
    office.choose(plan.id, ANNAS)
    office.desk.turn(minutes=5)
    assert office.deliver() == 1
    assert [str(mail["To"]) for mail in office.box.taken] == [f"Anna Bianchi <{ANNAS}>"]
    assert receipts.choices(office.desk.billing, office.owner, plan.id).waiting_since is None


def test_the_choices_are_the_addresses_of_the_members_who_see_billing(office: Office) -> None:
    plan = office.buy()
    office.desk.member(office.owner, office.shop, "UAGENT", Role.AGENT)
    office.desk.member(office.owner, office.desk.property_of(office.owner, "Bottega"), "UOTHER", Role.ADMIN)
    office.desk.execute("UPDATE persons SET email = '\"a\"@b, c@d.example' WHERE user_id = 'UANNA'")
    found = receipts.choices(office.desk.billing, office.owner, plan.id)
    assert (found.recipients, found.own_address) == ((OWNERS,), OWNERS)
    assert found.subscription.receipts_to == OWNERS


def test_any_other_recipient_is_refused_by_name_of_the_field(office: Office) -> None:
    plan = office.buy(None)
    before = office.desk.everything(but=("audit_entries",))
    for address in HOSTILE:
        with pytest.raises(BadFields) as refused:
            office.choose(plan.id, address)
        assert refused.value.faults == {"receipts_to": Fault("unknown")}
        with pytest.raises(BadFields) as refused:
            office.buy(address, "ai-assist/growth/month")
        assert refused.value.faults == {"receipts_to": Fault("unknown")}
    assert office.desk.everything(but=("audit_entries",)) == before


def test_a_member_with_such_an_address_is_no_recipient_and_gets_nothing(office: Office) -> None:
    plan = office.buy(ANNAS)
    for address in HOSTILE[1:]:  # the first is a plain one, which a member may well have
        office.desk.execute("UPDATE persons SET email = :a WHERE user_id = 'UANNA'", a=address)
        office.desk.execute("UPDATE subscriptions SET receipts_to = :a WHERE id = :s", a=address, s=plan.id)
        office.desk.execute("UPDATE outbox SET told_at = NULL WHERE audience = 'mail_receipts'")
        with pytest.raises(BadFields):
            office.choose(plan.id, address)
        assert (office.deliver(), office.waiting(), office.box.taken) == (0, 0, [])


@pytest.mark.parametrize(("where", "said"), [("answers", "554 no"), ("to_recipients", "550 no such mailbox")])
def test_what_is_refused_for_good_is_told_to_the_admins_and_the_invoice_stays(
    office: Office, where: str, said: str
) -> None:
    plan = office.buy()
    before = [invoice.document_hash for invoice in office.desk.invoices()]
    getattr(office.box, where).append(said)
    assert (office.deliver(), office.deliver(), office.waiting()) == (0, 0, 0)
    rows = office.desk.rows(
        "SELECT address, fact FROM outbox WHERE kind = 'ReceiptUndelivered' ORDER BY address"
    )
    assert [row.address for row in rows] == ["CBILLING", "UOWNER"]
    assert all(f'"code": {said[:3]}' in row.fact for row in rows)
    assert not any("@" in row.fact for row in rows)
    assert office.desk.plan(plan.id).receipts_refused_at == office.desk.clock.now
    assert health(office.desk.billing, office.owner).undelivered == ("Live Chat Basic",)
    assert [invoice.document_hash for invoice in office.desk.invoices()] == before
    assert verify(office.desk.billing) == ()

    office.desk.turn_to(plan.period_end_at)
    assert office.deliver() == 1
    assert office.desk.plan(plan.id).receipts_refused_at is None
    assert health(office.desk.billing, office.owner).undelivered == ()


def test_what_a_mailbox_does_not_take_for_five_days_is_given_up_and_told_to_the_admins(
    office: Office,
) -> None:
    plan = office.buy()
    for days, waiting in ((4, 1), (2, 1), (0, 0)):
        office.box.answers.append("452 mailbox full")
        assert (office.deliver(), office.waiting()) == (0, waiting)
        office.desk.turn(days=days)
        office.desk.age_messages(timedelta(days=days))
    told = office.desk.rows("SELECT fact FROM outbox WHERE kind = 'ReceiptUndelivered'")
    assert len(told) == 2
    assert all('"code": 452' in row.fact for row in told)
    assert office.desk.plan(plan.id).receipts_refused_at is not None


def test_a_server_that_hangs_up_for_weeks_says_nothing_about_the_mailbox(office: Office) -> None:
    office.buy()
    for _ in range(3):
        office.box.answers.append("cut")
        assert (office.deliver(), office.waiting()) == (0, 1)
        office.desk.turn(days=7)
    assert (office.deliver(), office.waiting()) == (1, 0)


def test_who_is_mailed_by_a_server_that_always_hangs_up_gets_no_more_copies_after_five_days(
    office: Office,
) -> None:
    """It takes the mail each time and does not say so: one message id, and a copy an hour without end."""
    office.buy()
    for copies in range(1, 13):
        assert office.waiting() == 1
        office.box.answers.append("cut")
        office.deliver()
        assert len(office.box.taken) == copies
        office.desk.wait(timedelta(hours=11))
        office.desk.age_messages(timedelta(hours=11))
    assert office.waiting() == 0
    told = office.desk.rows("SELECT fact FROM outbox WHERE kind = 'ReceiptUndelivered'")
    assert {'"code": 421' in row.fact for row in told} == {True}


def test_another_recipient_is_chosen_and_nothing_is_held_against_them(office: Office) -> None:
    plan = office.buy()
    office.box.answers.append("554 no")
    office.deliver()
    assert office.choose(plan.id, ANNAS).receipts_refused_at is None


@pytest.mark.parametrize("role", [None, Role.AGENT])
def test_who_left_the_property_or_sees_no_billing_gets_nothing_and_the_admins_are_told(
    office: Office, role: Role | None
) -> None:
    plan = office.buy(ANNAS)
    if role is None:
        members.remove(office.desk.billing, office.owner, office.shop.id, "UANNA")
    else:
        members.set_role(office.desk.billing, office.owner, office.shop.id, "UANNA", role)
    assert (office.deliver(), office.waiting(), office.box.taken) == (0, 0, [])
    (told,) = office.desk.rows(
        "SELECT fact FROM outbox WHERE kind = 'ReceiptUndelivered' AND audience = 'slack_channel'"
    )
    assert '"code": null' in told.fact
    assert office.desk.plan(plan.id).receipts_refused_at is not None


@pytest.mark.parametrize("chosen", ["member", "contact", "removed"])
def test_after_a_transfer_the_old_recipient_gets_what_waited_and_nothing_more(
    both: Office, chosen: str
) -> None:
    desk, billing, owner = both.desk, both.desk.billing, both.owner
    anna = contacts.add(billing, owner, both.shop.id, "UANNA", "", [ContactKind.RECEIPTS])
    contact = contacts.add(billing, owner, both.shop.id, "", "studio@x.example", [ContactKind.RECEIPTS])
    desk.execute("UPDATE billing_contacts SET confirmed_at = added_at, code = NULL")
    desk.execute("DELETE FROM outbox")
    plan = both.buy(contact.address if chosen == "contact" else ANNAS)
    other = desk.property_of(owner, "Bottega")
    transfers.transfer(billing, owner, plan.id, other.id)
    transfers.transfer(billing, owner, plan.id, desk.property_of(owner, "Corso").id)
    transfers.transfer(billing, owner, plan.id, other.id)
    if chosen == "removed":
        members.remove(billing, owner, both.shop.id, "UANNA")
    told = (
        ["studio@x.example"]
        if chosen == "removed"
        else [f"Anna Bianchi <{anna.address}>", "studio@x.example"]
    )
    assert (both.deliver(), both.waiting()) == (len(told), 0)
    assert sorted(str(mail["To"]) for mail in both.box.taken) == told
    assert len(desk.rows("SELECT number FROM outbox WHERE kind = 'ReceiptUndelivered'")) == (
        2 if chosen == "removed" else 0
    )
    payment_methods.choose(billing, owner, plan.id, desk.card(owner, other))
    desk.turn_to(plan.period_end_at)
    assert (len(desk.invoices()), both.deliver()) == (2, 0)


@pytest.mark.parametrize("chosen", [ANNAS, "studio@x.example"])
def test_what_is_refused_after_a_transfer_is_told_where_it_was_paid_and_not_held_against_who_gets_the_next(
    both: Office, chosen: str
) -> None:
    desk, billing, owner = both.desk, both.desk.billing, both.owner
    other = desk.property_of(owner, "Bottega", channel="CBOTTEGA")
    for prop in (both.shop, other):
        desk.member(owner, prop, "UANNA", Role.ADMIN)
        contacts.add(billing, owner, prop.id, "", "studio@x.example", [ContactKind.REMINDERS])
    desk.execute("UPDATE billing_contacts SET confirmed_at = added_at, code = NULL")
    desk.execute("DELETE FROM outbox")
    plan = both.buy(chosen)
    transfers.transfer(billing, owner, plan.id, other.id)
    both.choose(plan.id, chosen)  # the same mailbox, as of the other property
    both.box.answers.append("554 no")
    both.deliver()
    told = desk.rows(
        "SELECT address FROM outbox WHERE kind = 'ReceiptUndelivered' ORDER BY audience, address"
    )
    assert [row.address for row in told] == ["CBILLING", "UANNA", "UOWNER"]
    assert desk.plan(plan.id).receipts_refused_at is None
    refused = desk.rows("SELECT property_id FROM billing_contacts WHERE refused_at IS NOT NULL")
    assert [row.property_id for row in refused] == ([] if chosen == ANNAS else [both.shop.id])


def test_after_a_transfer_receipts_that_were_off_stay_off(office: Office) -> None:
    contacts.add(office.desk.billing, office.owner, office.shop.id, "UANNA", "", [ContactKind.RECEIPTS])
    plan = office.buy(None)
    other = office.desk.property_of(office.owner, "Bottega")
    transfers.transfer(office.desk.billing, office.owner, plan.id, other.id)
    assert office.deliver() == 0


@pytest.mark.parametrize("trouble", ["451 later", "cut"])
def test_one_receipt_has_one_message_id_however_often_it_is_sent(office: Office, trouble: str) -> None:
    office.buy()
    office.box.answers += [trouble, trouble]
    for _ in range(3):
        office.deliver()
        office.desk.turn(minutes=10)
    assert office.waiting() == 0
    assert len({str(mail["Message-ID"]) for mail in office.box.taken}) == 1
    assert len({text_in(mail) for mail in office.box.taken}) == 1


def test_waits_grow_while_the_server_does_not_take_it(office: Office) -> None:
    office.buy()
    office.box.answers += ["451 later"] * 3
    for wait in (timedelta(seconds=2**n) for n in range(1, 4)):
        assert office.desk.tries_again_after(wait, office.deliver)
        office.desk.wait(wait)


def test_only_admins_choose_and_nobody_finds_what_is_not_theirs(office: Office) -> None:
    plan = office.buy()
    anna, stranger = Actor(WORKSPACE, "UANNA"), office.desk.person("USTRANGER")
    for actor, refusal in ((anna, NotAllowed), (stranger, NotFound)):
        with pytest.raises(refusal):
            receipts.choices(office.desk.billing, actor, plan.id)
        with pytest.raises(refusal):
            receipts.change(office.desk.billing, actor, plan.id, None, plan.version)


def test_somebody_elses_change_in_between_is_not_overwritten(office: Office) -> None:
    plan = office.buy()
    office.choose(plan.id, ANNAS)
    with pytest.raises(ChangedMeanwhile):
        receipts.change(office.desk.billing, office.owner, plan.id, None, plan.version)
