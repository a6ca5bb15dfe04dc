"""Billing contacts of a property: product line 44, over a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.adapters.mail import SmtpMailer
from billing.renewals.bulk_endings import end_cancelled
from billing.services import (
    changes,
    contacts,
    due_work,
    members,
    payment_methods,
    people,
    properties,
    receipts,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import Actor, Role
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.errors import BadFields, Fault
from billing.values.refusals import ContactInUse, LastContact, NotAllowed, NotFound
from billing.values.snapshots import ContactSnapshot
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.office import ANNAS, HEAD, HOSTILE, OWNERS, Office, office_of
from tests.mailboxes import Box, attached, text_in

pytestmark = pytest.mark.slow

ACCOUNTANTS = "studio@commercialista.example"
ALL = tuple(ContactKind)


def add(office: Office, address: str = ACCOUNTANTS, kinds: Collection[ContactKind] = ALL) -> ContactSnapshot:
    return contacts.add(office.desk.billing, office.owner, office.shop.id, "", address, kinds)


def add_anna(office: Office, kinds: Collection[ContactKind] = ALL) -> ContactSnapshot:
    return contacts.add(office.desk.billing, office.owner, office.shop.id, "UANNA", "", kinds)


def code_in(office: Office) -> str:
    """The code in the mail that came last."""
    (found,) = re.findall(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", text_in(office.box.taken[-1]))
    return str(found)


def confirmed(office: Office, kinds: Collection[ContactKind] = ALL) -> ContactSnapshot:
    """The accountant's address, after the code was typed; the mailbox is empty again."""
    contact = add(office, kinds=kinds)
    assert office.deliver() == 1
    found = contacts.confirm(office.desk.billing, office.owner, office.shop.id, contact.id, code_in(office))
    office.box.taken.clear()
    return found


def to(office: Office) -> list[str]:
    return [str(mail["To"]) for mail in office.box.taken]


def test_an_address_typed_by_hand_gets_the_code_and_nothing_else_before_it_is_typed(both: Office) -> None:
    contact = add(both)
    plan = both.buy(None, "ai-assist/growth/month")
    assert (contact.confirmed, contact.address) == (False, ACCOUNTANTS)
    assert (both.deliver(), both.deliver()) == (1, 0)
    assert to(both) == [ACCOUNTANTS]
    assert both.subjects() == ["Conferma questo indirizzo per la fatturazione di Piazza"]
    said = text_in(both.box.taken[0])
    assert "ricevute, problemi di pagamento, promemoria, modifiche al contratto" in said
    assert "slack.example" not in said
    billing = both.desk.billing
    for wrong in ("", "AAAAA-AAAAA", "x" * 1000, "ü"):
        with pytest.raises(BadFields) as refused:
            contacts.confirm(billing, both.owner, both.shop.id, contact.id, wrong)
        assert refused.value.faults == {"code": Fault("wrong_code")}
    typed = code_in(both).replace("-", " ").lower()
    assert contacts.confirm(billing, both.owner, both.shop.id, contact.id, typed).confirmed
    # A form that is delivered twice, and whatever is typed once it is so.
    assert contacts.confirm(billing, both.owner, both.shop.id, contact.id, "again").confirmed
    subscriptions.cancel(billing, both.owner, plan.id, "Costa troppo")
    assert both.deliver() == 1
    assert both.subjects()[-1] == "Disdetto: AI Assist Growth"
    assert "arriva ai contatti di fatturazione di Piazza" in text_in(both.box.taken[-1])
    assert verify(billing) == ()


def test_a_code_is_good_for_seven_days_and_a_new_one_takes_its_place(office: Office) -> None:
    contact = add(office)
    office.deliver()
    first = code_in(office)
    office.desk.turn(days=8)
    billing, place = office.desk.billing, (office.shop.id, contact.id)
    with pytest.raises(BadFields) as refused:
        contacts.confirm(billing, office.owner, *place, first)
    assert refused.value.faults == {"code": Fault("old_code")}
    contacts.change(billing, office.owner, *place, [ContactKind.RECEIPTS])
    assert office.deliver() == 1
    with pytest.raises(BadFields):
        contacts.confirm(billing, office.owner, *place, first)
    assert contacts.confirm(billing, office.owner, *place, code_in(office)).kinds == (ContactKind.RECEIPTS,)


def test_each_contact_gets_the_kinds_it_chose_and_nobody_the_same_twice(both: Office) -> None:
    confirmed(both, [ContactKind.RECEIPTS])
    assert add_anna(both, [ContactKind.CONTRACT_CHANGES]).confirmed
    plan = both.buy(OWNERS)
    assert both.deliver() == 3
    assert sorted(to(both)) == [f"Anna Bianchi <{ANNAS}>", f"Giulia Rossi <{OWNERS}>", ACCOUNTANTS]
    by = {str(mail["To"]): mail for mail in both.box.taken}
    assert str(by[f"Anna Bianchi <{ANNAS}>"]["Subject"]) == "Bought: Live Chat Basic"
    assert "Paid for it: €12.20 with VAT." in text_in(by[f"Anna Bianchi <{ANNAS}>"])
    receipt, same = by[f"Giulia Rossi <{OWNERS}>"], by[ACCOUNTANTS]
    assert attached(receipt) == attached(same)
    assert HEAD[1] in text_in(receipt)
    assert HEAD[1] not in text_in(same)
    # Chosen as the recipient itself it gets one, not two (line 21: the menu has it).
    found = receipts.choices(both.desk.billing, both.owner, plan.id)
    assert found.recipients == (ACCOUNTANTS, ANNAS, OWNERS)
    both.choose(plan.id, ACCOUNTANTS)
    both.box.taken.clear()
    both.desk.turn_to(plan.period_end_at)
    assert both.deliver() == 1
    assert to(both) == [ACCOUNTANTS]
    assert receipts.choices(both.desk.billing, both.owner, plan.id).subscription.receipts_to == ACCOUNTANTS


def test_receipts_switched_off_are_off_for_contacts_too_and_none_comes_later(both: Office) -> None:
    confirmed(both)
    plan = both.buy(OWNERS)
    both.choose(plan.id, None)
    both.choose(plan.id, OWNERS)
    both.deliver()
    assert both.subjects() == ["Acquistato: Live Chat Basic"]


def test_payment_problems_reach_a_contact_once_though_who_pays_is_told_as_well(office: Office) -> None:
    confirmed(office, [ContactKind.PAYMENT_PROBLEMS])
    owner = contacts.add(
        office.desk.billing,
        office.owner,
        office.shop.id,
        office.owner.user_id,
        "",
        [ContactKind.PAYMENT_PROBLEMS],
    )
    assert owner.confirmed
    plan = office.buy(None)
    office.desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    office.desk.turn_to(plan.period_end_at)
    office.deliver()
    assert sorted(to(office)) == [f"Giulia Rossi <{OWNERS}>", ACCOUNTANTS]
    assert len({str(mail["Subject"]) for mail in office.box.taken}) == 1
    said = {str(mail["To"]): text_in(mail) for mail in office.box.taken}
    assert "/billing" in said[f"Giulia Rossi <{OWNERS}>"]
    assert "/billing" not in said[ACCOUNTANTS]


def test_a_bounce_disables_the_contact_and_tells_the_admins_until_a_new_code_is_typed(both: Office) -> None:
    contact = confirmed(both)
    both.box.to_recipients.append("550 no such mailbox")
    plan = both.buy(None)
    assert both.deliver() == 0
    told = both.desk.rows("SELECT address, fact FROM outbox WHERE kind = 'ContactRefused' ORDER BY address")
    assert [row.address for row in told] == ["UOWNER"]
    assert "@" not in str(told[0].fact)
    billing, place = both.desk.billing, (both.shop.id, contact.id)
    assert contacts.look_at(billing, both.owner, *place).refused_code == 550
    assert ACCOUNTANTS not in receipts.choices(billing, both.owner, plan.id).recipients
    subscriptions.cancel(billing, both.owner, plan.id, "Costa troppo")
    assert both.deliver() == 0
    again = contacts.change(billing, both.owner, *place, ALL)
    assert (again.confirmed, again.refused_code) == (False, None)
    assert both.deliver() == 1
    assert contacts.confirm(billing, both.owner, *place, code_in(both)).confirmed


def test_a_bounce_of_the_recipient_who_is_a_contact_disables_it_too(office: Office) -> None:
    contact = confirmed(office, [ContactKind.REMINDERS])
    office.buy(ACCOUNTANTS)
    office.box.to_recipients.append("550 no such mailbox")
    assert office.deliver() == 0
    found = contacts.look_at(office.desk.billing, office.owner, office.shop.id, contact.id)
    assert found.refused_code == 550


def test_a_mailbox_that_is_full_disables_nobody(office: Office) -> None:
    contact = confirmed(office)
    office.buy(None)
    for days in (4, 2, 0):
        office.box.answers.append("452 mailbox full")
        office.deliver()
        office.desk.turn(days=days)
        office.desk.age_messages(timedelta(days=days))
    found = contacts.look_at(office.desk.billing, office.owner, office.shop.id, contact.id)
    assert found.refused_code is None


def test_at_least_one_contact_stays_and_none_goes_to_whom_receipts_go(office: Office) -> None:
    billing, contact = office.desk.billing, confirmed(office)
    with pytest.raises(LastContact):
        contacts.remove(billing, office.owner, office.shop.id, contact.id)
    anna = add_anna(office)
    plan = office.buy(ACCOUNTANTS)
    with pytest.raises(ContactInUse) as refused:
        contacts.remove(billing, office.owner, office.shop.id, contact.id)
    assert refused.value.names == ("Live Chat",)
    office.choose(plan.id, None)
    contacts.remove(billing, office.owner, office.shop.id, contact.id)
    assert [one.id for one in contacts.listed(billing, office.owner).contacts] == [anna.id]
    office.deliver()
    assert to(office) == [f"Anna Bianchi <{ANNAS}>"]  # what waited for the other is not sent
    with pytest.raises(NotFound):
        contacts.remove(billing, office.owner, office.shop.id, contact.id)


def test_what_cannot_be_a_contact_is_said_beside_its_field(office: Office) -> None:
    billing = office.desk.billing
    for address in (one for one in HOSTILE[1:] if not one.startswith("UOWNER")):
        with pytest.raises(BadFields) as refused:
            add(office, address)
        assert set(refused.value.faults) == {"address"}, address
    place = (billing, office.owner, office.shop.id)
    office.desk.member(office.owner, office.shop, "UAGENT", Role.AGENT)
    for user_id, address, kinds, faults in (
        ("", "", ALL, {"address": Fault("missing")}),
        ("UANNA", ACCOUNTANTS, ALL, {"address": Fault("one_of_two")}),
        ("UNOBODY", "", ALL, {"user_id": Fault("not_member")}),
        ("UAGENT", "", ALL, {"user_id": Fault("not_member")}),
        ("", "a@b", (), {"address": Fault("mail_address"), "kinds": Fault("missing")}),
    ):
        with pytest.raises(BadFields) as refused:
            contacts.add(*place, user_id, address, kinds)
        assert refused.value.faults == faults
    # A member's address is that member, who need not confirm what Slack knows.
    assert add(office, ANNAS.upper()).user_id == "UANNA"
    for user_id, address, field in (("UANNA", "", "user_id"), ("", ANNAS, "user_id")):
        with pytest.raises(BadFields) as refused:
            contacts.add(*place, user_id, address, ALL)
        assert refused.value.faults == {field: Fault("contact_known")}
    without = replace(billing, mails=False)
    with pytest.raises(BadFields) as refused:
        contacts.add(without, office.owner, office.shop.id, "", ACCOUNTANTS, ALL)
    assert refused.value.faults == {"address": Fault("no_mail")}
    for number in range(contacts.MAX_CONTACTS - 1):
        add(office, f"a{number}@b.example")
    with pytest.raises(BadFields) as refused:
        add(office, "A1@B.example")
    assert refused.value.faults == {"address": Fault("contact_known")}
    with pytest.raises(BadFields) as refused:
        add(office)
    assert refused.value.faults == {"address": Fault("too_many_contacts", limit=20)}


def test_nobody_is_flooded_with_codes_by_removing_a_contact_and_adding_it_again(office: Office) -> None:
    add_anna(office)
    billing, place = office.desk.billing, (office.owner, office.shop.id)
    for _ in range(5):
        contacts.remove(billing, *place, add(office, ACCOUNTANTS).id)
    with pytest.raises(BadFields) as refused:
        add(office, ACCOUNTANTS.upper())
    assert refused.value.faults == {"address": Fault("too_many_codes")}
    assert [one.user_id for one in contacts.listed(billing, office.owner).contacts] == ["UANNA"]
    again = add(office, "other@b.example")
    for _ in range(4):
        contacts.change(billing, *place, again.id, ALL)
    with pytest.raises(BadFields) as refused:
        contacts.change(billing, *place, again.id, (ContactKind.RECEIPTS,))
    assert refused.value.faults == {"kinds": Fault("too_many_codes")}
    assert contacts.look_at(billing, *place, again.id).kinds == ALL


def test_an_accountant_sees_contacts_and_changes_none_and_another_property_has_none_of_them(
    office: Office,
) -> None:
    billing, contact = office.desk.billing, confirmed(office)
    anna = replace(office.owner, user_id="UANNA")
    assert [one.id for one in contacts.listed(billing, anna).contacts] == [contact.id]
    place = (office.shop.id, contact.id)
    for act in (
        lambda: contacts.add(billing, anna, office.shop.id, "", "a@b.example", ALL),
        lambda: contacts.change(billing, anna, *place, ALL),
        lambda: contacts.confirm(billing, anna, *place, "x"),
        lambda: contacts.remove(billing, anna, *place),
    ):
        with pytest.raises(NotAllowed):
            act()
    other = office.desk.property_of(office.owner, "Bottega")
    with pytest.raises(NotFound):
        contacts.change(billing, office.owner, other.id, contact.id, ALL)


def test_who_left_the_property_gets_nothing_and_who_is_erased_is_no_contact_any_more(office: Office) -> None:
    confirmed(office, [ContactKind.REMINDERS])
    add_anna(office)
    billing = office.desk.billing
    assert (
        people.export(billing, WORKSPACE, "UANNA")["billing_contact_of"][0]["property_id"] == office.shop.id
    )
    office.desk.execute("DELETE FROM members WHERE user_id = 'UANNA'")
    office.buy(None)
    assert (office.deliver(), office.box.taken) == (0, [])
    assert [one.is_here for one in contacts.listed(billing, office.owner).contacts] == [True, False]
    people.erase(billing, WORKSPACE, "UANNA")
    assert len(contacts.listed(billing, office.owner).contacts) == 1


def test_a_contact_who_sees_no_billing_any_more_gets_none_until_they_see_it_again(office: Office) -> None:
    add_anna(office, [ContactKind.CONTRACT_CHANGES])
    billing = office.desk.billing
    members.set_role(billing, office.owner, office.shop.id, "UANNA", Role.AGENT)
    office.buy(None)
    assert office.deliver() == 0
    assert [one.is_here for one in contacts.listed(billing, office.owner).contacts] == [False]
    members.set_role(billing, office.owner, office.shop.id, "UANNA", Role.ACCOUNTANT)
    office.buy(None, "ai-assist/growth/month")
    assert office.deliver() == 1
    assert to(office) == [f"Anna Bianchi <{ANNAS}>"]


def test_endings_in_bulk_and_one_at_a_time_mail_the_same(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    office = office_of(desk, box, mailer)
    confirmed(office, [ContactKind.CONTRACT_CHANGES])
    bought = [office.buy(None), office.buy(None, "ai-assist/growth/month")]
    billing = office.desk.billing
    for one in bought:
        subscriptions.cancel(billing, office.owner, one.id, "Costa troppo")
    office.deliver()
    box.taken.clear()
    office.desk.execute("UPDATE subscriptions SET due_failures = 1 WHERE id = :s", s=bought[1].id)
    office.desk.clock.now = bought[0].period_end_at
    assert end_cancelled(billing) == 1
    assert due_work.run_due(billing).ended == 1
    assert office.deliver() == 2
    chat, assist = sorted(text_in(mail) for mail in box.taken)[::-1]
    assert chat.replace("Live Chat Basic", "AI Assist Growth") == assist


def test_contacts_read_what_a_change_changes_and_that_a_cancellation_drops_it(office: Office) -> None:
    confirmed(office, [ContactKind.CONTRACT_CHANGES])
    billing, owner = office.desk.billing, office.owner
    plan = office.desk.buy(owner, office.shop, "ai-assist/growth/month", quantity=3)
    one = PlanSelection("growth", Interval.YEAR, 1)
    changes.change(billing, owner, plan.id, one, key="one")
    subscriptions.cancel(billing, owner, plan.id, "Costa troppo")
    office.deliver()
    said = " ".join(" ".join(text_in(mail) for mail in office.box.taken).split())
    before, after = "3 × Growth, fatturazione mensile", "1 × Growth, fatturazione annuale"
    assert f"AI Assist di Piazza passa da {before} a {after} il 28 febbraio 2026." in said
    assert f"La modifica programmata di AI Assist Growth di Piazza a {after} non avrà luogo" in said
    assert "Modifica programmata annullata: AI Assist Growth" in office.subjects()


def test_contacts_of_both_properties_hear_of_a_transfer(office: Office) -> None:
    confirmed(office, [ContactKind.CONTRACT_CHANGES])
    corso = office.desk.property_of(office.owner, "Corso")
    office.desk.member(office.owner, corso, "ULUCA", Role.ADMIN)
    luca = contacts.add(
        office.desk.billing, office.owner, corso.id, "ULUCA", "", [ContactKind.CONTRACT_CHANGES]
    )
    plan = office.buy(None)
    transfers.transfer(office.desk.billing, office.owner, plan.id, corso.id)
    office.deliver()
    # Who is told first is nobody's to say: several mails are on their way at a time.
    told = [one.split("<")[-1].strip(">") for one in to(office)]
    assert sorted(told) == sorted([ACCOUNTANTS, ACCOUNTANTS, str(luca.address)])
    assert office.subjects().count("Trasferito: Live Chat Basic") == 2
    mailed = {
        str(mail["To"]): text_in(mail) for mail in office.box.taken if ACCOUNTANTS not in str(mail["To"])
    }
    assert all("contatti di fatturazione di Corso" in said for said in mailed.values())


def test_a_contact_of_both_properties_hears_of_a_transfer_once_and_as_whose_contact(both: Office) -> None:
    corso = both.desk.property_of(both.owner, "Corso")
    kinds, billing = [ContactKind.CONTRACT_CHANGES], both.desk.billing
    members.set_role(billing, both.owner, corso.id, "UANNA", Role.ACCOUNTANT)
    confirmed(both, kinds)
    for shop in (both.shop, corso):
        contacts.add(billing, both.owner, shop.id, "UANNA", "", kinds)
    plan = both.buy(None)
    both.deliver()
    both.box.taken.clear()
    transfers.transfer(billing, both.owner, plan.id, corso.id)
    assert both.deliver() == 2
    said = {str(mail["To"]): text_in(mail) for mail in both.box.taken}
    assert "You get this email as a billing contact of Piazza." in said[f"Anna Bianchi <{ANNAS}>"]
    assert "contatti di fatturazione di Piazza" in said[ACCOUNTANTS]


def test_whose_typed_address_becomes_a_members_gets_each_mail_once(office: Office) -> None:
    confirmed(office)
    desk, billing = office.desk, office.desk.billing
    studio = Actor(WORKSPACE, "USTUDIO")
    members.meet(billing, studio, "Studio", ACCOUNTANTS.upper(), "it")
    members.set_role(billing, office.owner, office.shop.id, "USTUDIO", Role.ADMIN)
    with pytest.raises(BadFields) as refused:
        contacts.add(billing, office.owner, office.shop.id, "USTUDIO", "", ALL)
    assert refused.value.faults == {"user_id": Fault("contact_known")}
    plan = office.buy(None)
    payment_methods.choose(billing, studio, plan.id, desk.card(office.owner, office.shop))
    office.deliver()
    office.box.taken.clear()
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    assert office.deliver() == 1
    assert to(office) == [f"Studio <{ACCOUNTANTS.upper()}>"]


@pytest.mark.parametrize("gone", [False, True])
def test_a_mailbox_with_two_contacts_gets_each_mail_once_by_the_one_that_is_left(
    both: Office, *, gone: bool
) -> None:
    """A version before let both be added; receipts, too, are one fact."""
    add_anna(both)
    other = confirmed(both)
    both.desk.execute("UPDATE billing_contacts SET address = :a WHERE id = :c", a=ANNAS, c=other.id)
    if gone:
        members.remove(both.desk.billing, both.owner, both.shop.id, "UANNA")
    both.buy()
    assert both.deliver() == 3
    anna = ANNAS if gone else f"Anna Bianchi <{ANNAS}>"
    assert sorted(to(both)) == sorted([anna, anna, f"Giulia Rossi <{OWNERS}>"])


def test_no_code_is_mailed_for_a_property_that_was_deleted(office: Office) -> None:
    add(office)
    properties.delete(office.desk.billing, office.owner, office.shop.id)
    assert (office.deliver(), to(office)) == (0, [])
