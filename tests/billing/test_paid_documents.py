"""Documents tell how they were paid: a renewal is issued before its payment, and drawn once more when it is paid."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pypdf
import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.adapters.mail import Letterhead
from billing.adapters.mail.composing import compose
from billing.rendering import file_of
from billing.services import credit_notes, invoices, outbox, purchases
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.documents import InvoiceDocument
from billing.values.events import PaymentReceived
from billing.values.outbox import BY_MAIL, IN_SLACK, Audience, Delivery
from tests.billing.desk import Desk
from tests.mailboxes import attached

HEAD = Letterhead("Fatture <fatture@venditore.example>", "https://slack.example/")
TO_BE_CHARGED = {"en": "To be charged to Visa •••• 4242", "it": "Da addebitare su Visa •••• 4242"}


def text_in(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(content)).pages)


def receipts(desk: Desk, audiences: tuple[Audience, ...]) -> list[Delivery]:
    """What is told of payments, in Slack or by mail, oldest first."""
    found: list[Delivery] = []
    while claimed := outbox.claim(desk.billing, audiences=audiences):
        found += [row for row in claimed if isinstance(row.event, PaymentReceived)]
        for row in claimed:
            outbox.told(desk.billing, row.number)
    return found


def drawn(desk: Desk, language: str) -> bytes:
    """The newest invoice, as `/billing invoices` gives it."""
    return invoices.as_file(desk.billing, desk.owner(), desk.invoices()[-1].id, language).content


def renewed(desk: Desk, *answers: Behaviour) -> None:
    """A plan bought on 31 January that met the answers of the bank on its renewal, on 28 February."""
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), receipts_to="uowner@example.com")
    plan = purchases.purchase(desk.billing, owner, order, key=desk.key()).subscription
    desk.gateway.expect("tok_visa", *answers)
    desk.turn_to(plan.period_end_at)


@pytest.mark.parametrize(
    ("language", "paid"),
    [
        ("en", "Paid on March 3, 2026 by Visa •••• 4242"),
        ("it", "Pagata il 3 marzo 2026 con Visa •••• 4242"),
    ],
)
def test_a_renewal_says_how_it_was_paid_once_it_is_and_both_drawings_are_kept(
    desk: Desk, language: str, paid: str
) -> None:
    renewed(desk, Behaviour.DECLINES, Behaviour.SUCCEEDS)
    before = drawn(desk, language)
    assert TO_BE_CHARGED[language] in text_in(before)
    desk.turn(days=3)
    after = drawn(desk, language)
    assert text_in(after).count(paid) == 2  # under the total, and at the foot
    assert TO_BE_CHARGED[language] not in text_in(after)
    assert drawn(desk, language) == after
    kept = desk.rows("SELECT as_paid, digest FROM drawings ORDER BY as_paid")
    assert [(bool(row.as_paid), row.digest) for row in kept] == [
        (as_paid, hashlib.sha256(content).hexdigest())
        for as_paid, content in ((False, before), (True, after))
    ]
    issued = desk.invoices()[-1].read_document()
    assert hashlib.sha256(desk.billing.render_invoice(issued, language)).hexdigest() == kept[0].digest
    assert verify(desk.billing) == ()


def test_one_that_was_only_drawn_when_it_was_paid_keeps_the_hash_of_its_first_issue_too(desk: Desk) -> None:
    renewed(desk)
    drawings: list[bool] = []

    def counted(document: InvoiceDocument, language: str, logo: bytes | None) -> bytes:
        drawings.append(bool(document.paid_on))
        return desk.billing.render(document, language, logo)

    counting = replace(desk.billing, render=counted)
    first = file_of(counting, desk.invoices()[-1], "en").content
    assert "Paid on February 28, 2026 by Visa •••• 4242" in text_in(first)
    assert desk.rows("SELECT count(*) FROM drawings") == [(2,)]
    assert sorted(drawings) == [False, True]
    assert file_of(counting, desk.invoices()[-1], "en").content == first
    assert sorted(drawings) == [False, True, True]  # what it was when it was issued is known by then


def test_the_receipt_in_slack_and_by_mail_comes_with_the_paid_one(desk: Desk) -> None:
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    renewed(mailing)
    slack = receipts(mailing, IN_SLACK)[-1]
    assert slack.event is not None
    posted = outbox.document(mailing.billing, slack.workspace_id, slack.event, "it")
    mail = compose(mailing.billing, HEAD, receipts(mailing, BY_MAIL)[-1])
    assert posted is not None
    assert mail is not None
    assert attached(mail) == [("2026-000002.pdf", posted.content)]
    assert posted.content == drawn(mailing, "it")
    assert "Pagata il 28 febbraio 2026 con Visa •••• 4242" in text_in(posted.content)


def test_a_renewal_of_which_a_part_was_credited_says_what_the_card_paid(desk: Desk) -> None:
    renewed(desk, Behaviour.DECLINES, Behaviour.SUCCEEDS)
    total = desk.invoices()[-1].total_minor
    credit_notes.issue(desk.billing, "2026-000002", Wanted("2.20"))
    desk.turn(days=3)
    text = text_in(drawn(desk, "en"))
    rest = f"{(total - 220) / 100:.2f}"
    assert f"Credited by credit note −€2.20 Visa •••• 4242 €{rest} Payment Paid on March 3, 2026" in text


def test_a_renewal_that_the_credit_balance_paid_says_so(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    credit_notes.issue(desk.billing, "2026-000001", Wanted())
    desk.turn_to(plan.period_end_at)
    assert "Paid on February 28, 2026 from your credit balance" in text_in(drawn(desk, "en"))


def test_one_that_was_credited_whole_before_it_was_paid_does_not_say_paid(desk: Desk) -> None:
    renewed(desk, Behaviour.DECLINES)
    credit_notes.issue(desk.billing, "2026-000002", Wanted())
    desk.clock.now += timedelta(days=1)
    assert "Paid" not in text_in(drawn(desk, "en"))
