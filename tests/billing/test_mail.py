"""Mail to who pays, over a real SMTP server: sent once it is taken, again until then, inert whatever people typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from billing import Billing
from billing.adapters.gateways.sandbox import Behaviour
from billing.adapters.mail import Letterhead, SmtpMailer, compose
from billing.bootstrap import posting
from billing.services import mail_delivery, members, outbox
from billing.services.mail_delivery import GIVE_UP_AFTER, MIN_TRIES, SENT_AT_A_TIME
from billing.services.outbox import MAX_WAIT
from billing.values.outbox import BY_MAIL, Delivery
from tests.billing.desk import Desk
from tests.mailboxes import Box, running_box, text_in

pytestmark = pytest.mark.slow

HEAD = Letterhead("Fatture <fatture@venditore.example>", "https://slack.example/")


def deliver(billing: Billing, mailer: SmtpMailer) -> int:
    return posting(billing, mailer, HEAD.sender, HEAD.home_url)()


def unpaid(desk: Desk, behaviour: Behaviour, name: str = "Piazza") -> Desk:
    """A renewal of the property did not go through, and mail is on."""
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    owner = mailing.owner()
    plan = mailing.buy(owner, mailing.property_of(owner, name))
    mailing.gateway.expect("tok_visa", behaviour)
    mailing.turn_to(plan.period_end_at)
    return mailing


def untold(desk: Desk) -> int:
    return len(desk.rows("SELECT number FROM outbox WHERE audience LIKE 'mail%' AND told_at IS NULL"))


def test_a_failed_renewal_is_mailed_to_its_billing_admin_once(
    desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    assert deliver(mailing.billing, mailer) == 1
    assert deliver(mailing.billing, mailer) == 0
    (mail,) = box.taken
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"
    assert str(mail["From"]) == HEAD.sender
    assert str(mail["Subject"]).replace("\xa0", " ") == "Pagamento non riuscito: 12,20 € per Live Chat Basic"
    assert str(mail["Content-Language"]) == "it"
    assert "Non è stato addebitato nulla" in text_in(mail)
    assert "Venditore S.p.A." in text_in(mail, "html")
    assert f'href="{HEAD.home_url}"' in text_in(mail, "html")


def test_a_quarantined_renewal_is_mailed_to_who_can_do_something(
    sqlite_desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    mailing = replace(sqlite_desk, billing=replace(sqlite_desk.billing, mails=True))
    owner = mailing.owner()
    plan = mailing.subscribed(owner, mailing.property_of(owner), address=None)
    mailing.execute("UPDATE subscriptions SET due_failures = 9")
    mailing.execute("UPDATE properties SET country = 'FR'")
    mailing.turn_to(plan.period_end_at)
    assert deliver(mailing.billing, mailer) == 1
    assert str(box.taken[0]["Subject"]) == "Non ancora rinnovato: AI Assist Growth"
    said = text_in(box.taken[0])
    assert "Non è stato possibile rinnovare AI Assist Growth di Piazza il 28 febbraio 2026." in said
    assert mailing.charged() == [35380 // 10]  # as the mail says: nothing for the new cycle


def test_it_is_in_the_language_in_which_the_reader_uses_slack(
    sqlite_desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    owner = mailing.owner()
    members.meet(mailing.billing, owner, "Giulia Rossi", "uowner@example.com", "en")
    members.meet(mailing.billing, owner, "Giulia Rossi", "uowner@example.com")  # where nobody knows it stays
    assert deliver(mailing.billing, mailer) == 1
    assert str(box.taken[0]["Subject"]) == "Payment failed: €12.20 for Live Chat Basic"


def test_the_bank_s_page_is_a_link_in_the_mail(sqlite_desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.ASKS_FOR_ACTION)
    assert deliver(mailing.billing, mailer) == 1
    (mail,) = box.taken
    (url,) = [
        row.action_url
        for row in mailing.rows("SELECT action_url FROM payment_attempts WHERE state = 'action_required'")
    ]
    assert url in text_in(mail)
    assert f'href="{url}"' in text_in(mail, "html")


@pytest.mark.parametrize("trouble", ["451 later", "421 closing", "cut"])
def test_what_the_server_does_not_take_now_is_sent_again_with_the_same_id(
    sqlite_desk: Desk, box: Box, mailer: SmtpMailer, trouble: str
) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    box.answers.append(trouble)
    assert deliver(mailing.billing, mailer) == 0
    assert untold(mailing) == 1
    mailing.turn(minutes=5)
    assert deliver(mailing.billing, mailer) == 1
    assert len({str(mail["Message-ID"]) for mail in box.taken}) == 1
    assert untold(mailing) == 0


def test_a_server_that_is_away_loses_nothing(sqlite_desk: Desk) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    assert deliver(mailing.billing, SmtpMailer("smtp://127.0.0.1:9")) == 0
    assert untold(mailing) == 1


def failed_for_each_of(desk: Desk, *people: str) -> Desk:
    """A renewal of each did not go through, and each is to read of it by mail."""
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    for person in people:
        owner = mailing.person(person)
        plan = mailing.buy(owner, mailing.property_of(owner, f"Shop of {person}"))
    mailing.gateway.expect("tok_visa", *[Behaviour.DECLINES] * len(people))
    mailing.turn_to(plan.period_end_at)
    return mailing


def test_a_server_that_is_away_keeps_no_mail_waiting_longer_than_it_is_away(
    sqlite_desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    people = [f"U{number}" for number in range(2 * SENT_AT_A_TIME)]
    mailing = failed_for_each_of(sqlite_desk, *people)
    away, written = SmtpMailer("smtp://127.0.0.1:9"), []

    def write(row: Delivery) -> EmailMessage | None:
        written.append(row.number)
        return compose(mailing.billing, HEAD, row)

    told = [mail_delivery.deliver(mailing.billing, each, write) for each in (away, away, mailer)]
    assert told == [0, 0, len(people)]
    # Nothing is written, no document drawn, for a server that is away.
    assert len(written) == len(people)
    assert len({str(mail["To"]) for mail in box.taken}) == len(box.taken) == len(people)


def test_what_another_process_took_while_a_slow_server_had_those_before_is_sent_by_that_one_alone(
    sqlite_desk: Desk,
) -> None:
    mailing = failed_for_each_of(sqlite_desk, *(f"U{number}" for number in range(SENT_AT_A_TIME + 2)))
    others: list[Delivery] = []

    class SlowBox(Box):
        def take(self, content: bytes) -> None:
            super().take(content)
            if len(self.taken) == 1:
                mailing.wait(outbox.HOLD)
                others.extend(outbox.claim(mailing.billing, audiences=BY_MAIL))

    slow = SlowBox()
    with running_box(slow) as address:
        deliver(mailing.billing, SmtpMailer(f"smtp://{address}"))
    sent = {int(str(mail["Message-ID"]).split("@")[0].rpartition("-")[2]) for mail in slow.taken}
    # Of the first four some may have been held once more by then, as they are before they are sent.
    not_begun = set(sorted(one.number for one in others)[-2:])
    assert len(not_begun) == 2
    assert not_begun.isdisjoint(sent)


def test_a_refusal_for_good_is_not_tried_again(sqlite_desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    box.answers.append("550 no such mailbox")
    assert deliver(mailing.billing, mailer) == 0
    assert (untold(mailing), box.taken) == (0, [])


def test_what_people_typed_is_inert(sqlite_desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES, '<img src=x onerror=alert(1)> "A", b@evil.example')
    assert deliver(mailing.billing, mailer) == 1
    (mail,) = box.taken
    assert "<img" not in text_in(mail, "html")
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"


@pytest.mark.parametrize(
    "name", ["Giulia\nBcc: c@d.example", "Anna <x@y.example>, B", '"', "\N{PILE OF POO}\x07"]
)
def test_a_name_adds_nobody_to_the_mail(sqlite_desk: Desk, box: Box, mailer: SmtpMailer, name: str) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    mailing.execute("UPDATE persons SET name = :name", name=name)
    sent = deliver(mailing.billing, mailer)
    assert sent == len(box.taken)
    for mail in box.taken:
        assert [one.addr_spec for one in mail["To"].addresses] == ["uowner@example.com"]
        assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, c@d.example",
        "a@b.example\nBcc: c@d.example",
        '"a"@b.example',
        "ä@b.example",
        "nonsense",
        "",
    ],
)
def test_an_address_that_is_none_gets_no_mail(
    sqlite_desk: Desk, box: Box, mailer: SmtpMailer, address: str
) -> None:
    mailing = unpaid(sqlite_desk, Behaviour.DECLINES)
    mailing.execute("UPDATE persons SET email = :address", address=address)
    assert deliver(mailing.billing, mailer) == 0
    assert (untold(mailing), box.taken) == (0, [])


def test_a_mail_that_cannot_be_written_keeps_no_other_back(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    other = desk.person("UOTHER")
    desk.buy(other, desk.property_of(other, "Bottega"), token="tok_other")
    desk.gateway.expect("tok_other", Behaviour.DECLINES)
    mailing = unpaid(desk, Behaviour.DECLINES)
    mailing.execute(
        "UPDATE outbox SET fact = REPLACE(CAST(fact AS TEXT), 'EUR', 'XXXX')"
        + cast_of(mailing)
        + " WHERE address = 'UOWNER'"
    )
    assert deliver(mailing.billing, mailer) == 1
    assert [str(mail["To"]) for mail in box.taken] == ["Giulia Rossi <uother@example.com>"]
    assert untold(mailing) == 1


def test_a_mail_that_cannot_be_written_for_days_keeps_those_after_it_to_the_same_reader_no_longer(
    desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    mailing.execute(
        "UPDATE outbox SET fact = REPLACE(CAST(fact AS TEXT), 'EUR', 'XXXX')"
        + cast_of(mailing)
        + " WHERE audience = 'mail_person'"
    )
    mailing.gateway.expect("tok_visa", Behaviour.DECLINES)
    mailing.turn(days=3)
    assert (deliver(mailing.billing, mailer), untold(mailing)) == (0, 2)
    mailing.age_messages(GIVE_UP_AFTER + timedelta(hours=1))
    mailing.wait(MAX_WAIT)
    assert (deliver(mailing.billing, mailer), untold(mailing)) == (0, 2)  # it may have been tried only twice
    mailing.execute("UPDATE outbox SET tries = :tries WHERE tries > 0 AND told_at IS NULL", tries=MIN_TRIES)
    mailing.wait(MAX_WAIT)
    assert deliver(mailing.billing, mailer) == 1
    assert [str(mail["To"]) for mail in box.taken] == ["Giulia Rossi <uowner@example.com>"]
    (given_up,) = mailing.rows("SELECT told_at FROM outbox WHERE dead_at IS NOT NULL")
    assert given_up.told_at is None


def cast_of(desk: Desk) -> str:
    return "::jsonb" if desk.billing.engine.dialect.name == "postgresql" else ""


def test_without_a_mail_server_nothing_is_written_for_it(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    assert untold(desk) == 0
