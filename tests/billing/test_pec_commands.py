"""E-invoices by certified mail as an operator meets them: what `check` says, and what the commands list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.einvoices.receipts import read
from billing.bootstrap import make_billing, sdi_post_of
from billing.proving import faults_of_desk
from billing.scheduler import make_scheduler, working
from billing.services import copies, einvoices, gauges, sdi_receipts
from billing.settings import BillingSettings
from sandbox import pec
from sandbox.sdi import answer
from tests.billing.desk import Desk
from tests.billing.pec_office import PecOffice, pec_office
from tests.billing.test_einvoices import SELLER
from tests.billing.test_invoicetronic import OFFICE
from tests.postboxes import USER

FILE, OTHER = "IT00743110157_00001.xml", "IT00743110157_00002.xml"
# What was typed was never good, and stands in the profile still.
CORRECTED = (
    "2026-000001: edition 2 is IT00743110157_00003.xml. It goes out by itself.\n"
    "The next invoices of Piazza key 0 still have the old details: correct its billing profile.\n"
)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def office(sqlite_desk: Desk, tmp_path: Path) -> Iterator[PecOffice]:
    with pec_office(sqlite_desk, tmp_path) as office:
        yield office


@pytest.fixture
def run(office: PecOffice, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Types `python -m billing ...` with the settings of that office: how it ended, and what was said."""
    url = office.desk.billing.engine.url.render_as_string()
    for name, value in (SELLER | office.settings | {"database_url": url}).items():
        monkeypatch.setenv(name.upper(), value)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(program, words)
        said = [line for line in done.output.splitlines(keepends=True) if not line.startswith('{"')]
        return done.exit_code, "".join(said)  # without what is logged meanwhile

    return run


def test_check_tries_both_log_ins_and_names_the_setting(office: PecOffice, run: Run) -> None:
    settings = BillingSettings()
    billing = replace(make_billing(settings), clock=office.desk.clock)

    def said(**changed: str) -> list[str]:
        faults = faults_of_desk(settings.model_copy(update=changed), billing)
        return [str(fault)[:40] for fault in faults if str(fault).startswith("PEC_")]

    assert said() == []
    wrong = {"pec_smtp_url": office.settings["pec_smtp_url"].replace("s3cret", "other")}
    assert said(**wrong) == ["PEC_SMTP_URL: the mail server does not l"]
    assert said(pec_ca_file="") == [
        "PEC_SMTP_URL: the mail server does not l",
        "PEC_IMAP_URL: the mailbox does not let u",
    ]
    assert "s3cret" not in repr(settings)
    office.postbox.close()
    code, text = run("check")
    assert (code, "PEC_IMAP_URL: the mailbox does not let us in (ConnectionRefusedError" in text) == (1, True)


def test_what_is_needed_is_said_at_the_start(
    office: PecOffice, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEC_IMAP_URL")
    monkeypatch.delenv("PEC_ADDRESS")
    code, text = run("einvoices", "list")
    assert (code, text) == (
        1,
        "E_INVOICES=pec needs PEC_IMAP_URL, PEC_ADDRESS. Set it in the environment or in .env (see .env.example).\n",
    )


def test_as_an_operator_reads_it(office: PecOffice, run: Run, tmp_path: Path) -> None:
    office.buy()
    office.buy()
    office.smtp.answers += ["cut", "550 no"]
    assert run("einvoices", "send") == (0, "0 e-invoices were sent.\n")
    first, second = run("einvoices", "list")[1].splitlines()
    assert "; sent, and not known whether it went: it is looked for until 20" in first
    assert "; not taken (550): tried again from 20" in second
    assert "inviata, senza conferma" in run("einvoices", "list", "--language", "it")[1]
    office.says("accettazione")
    office.answers("NS")
    lying = pec.written("sdi01@pec.fatturapa.it", USER, "Ricevuta", ("IT_RC_001.xml", office.file()[1]))
    office.postbox.put(office.certified(), lying.as_bytes())
    assert run("einvoices", "send") == (0, "0 e-invoices were sent.\n")
    assert "rejected: 00311" in run("einvoices", "show", "2026-000001")[1]
    said = run("einvoices", "list")[1].splitlines()
    assert said[-1] == "1 message was set aside: python -m billing einvoices mails"
    (mail,) = run("einvoices", "mails", "--to", str(tmp_path))[1].splitlines()
    assert mail.endswith(
        "  sdi37@pec.fatturapa.it  POSTA CERTIFICATA: Notifica di prova  it is from SdI and no receipt"
    )
    (kept,) = tmp_path.glob("*.eml")
    assert kept.read_bytes().startswith(b"From: ")
    digest = mail.split("  ")[1]
    assert run("einvoices", "drop-mail", digest, "--reason", " ")[0] == 2
    assert run("einvoices", "drop-mail", "", "--reason", "of nobody")[0] == 1
    assert (
        run("einvoices", "drop-mail", digest, "--reason", "a test of theirs")[1]
        == f"Message {digest} is dropped.\n"
    )
    code, text = run("einvoices", "drop-mail", digest, "--reason", "again")
    assert (code, text) == (1, f"No message begins with {digest} alone: einvoices mails lists them.\n")
    assert run("einvoices", "mails") == (0, "No message was set aside.\n")
    (entry,) = office.desk.audit("einvoices.drop_mail")
    assert (entry.subject_id, entry.after) == (digest, {"reason": "a test of theirs"})
    code, text = run("einvoices", "correct", "2026-000001", "--sdi-code", "M5UXCR1")
    assert (code, text) == (0, CORRECTED)
    assert run("einvoices", "send") == (0, "1 e-invoice was sent.\n")
    assert office.file(1)[0] == "IT00743110157_00003.xml"
    assert [one.state for one in einvoices.find(office.desk.billing, "2026-000001")[0]] == [
        "rejected",
        "sent",
    ]
    assert "no answer of SdI yet: it is issued with one alone" in run("einvoices", "list")[1]
    office.postbox.close()
    code, text = run("einvoices", "send")
    assert (code, "The answers could not be read" in text) == (1, True)


def test_an_offices_file_is_the_operators_to_send_again_since_nothing_here_signs_it(
    office: PecOffice, run: Run
) -> None:
    office.buy(OFFICE)
    assert office.run() == 0
    (content,) = (row.content for row in office.desk.rows("SELECT content FROM einvoices"))
    rejected = answer(FILE, bytes(content), "NS", office.desk.clock.now, sdi_id=101, code="00311").content
    sdi_receipts.take(office.desk.billing, read(rejected), rejected)
    code, text = run("einvoices", "retry", "2026-000001")
    assert (code, text) == (0, f"2026-000001: edition 2 is {OTHER}. Send it by 2026-02-05.\n")


def test_who_does_not_send_by_mail_is_told_so(
    office: PecOffice, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("E_INVOICES", "export")
    assert run("einvoices", "send") == (1, "Nothing was sent: E_INVOICES is neither pec nor invoicetronic.\n")
    assert sdi_post_of(BillingSettings(), office.desk.billing) is None


def test_the_worker_sends_by_itself(office: PecOffice, run: Run) -> None:
    office.buy()
    settings = BillingSettings()
    sent = Event()
    post = sdi_post_of(settings, office.desk.billing)
    assert post is not None

    def posted() -> int:
        count = post()
        sent.set()
        return count

    with working(office.desk.billing, make_scheduler(office.desk.billing, sdi_post=posted)):
        assert sent.wait(20)
    office.desk.billing.stopping.clear()
    assert (office.states(), office.file()[0]) == (["sent"], FILE)


def test_what_was_sent_and_is_not_answered_counts_for_who_watches_when_its_days_are_nearly_over(
    office: PecOffice,
) -> None:
    office.buy()
    office.run()
    counts = []
    for days in (8, 1, 10):
        office.desk.wait(timedelta(days=days))
        counts.append(gauges.read(office.desk.billing).e_invoices_due)
        (listed,) = einvoices.listed(office.desk.billing)
        assert (listed.state, listed.send_by) == ("sent", date(2026, 2, 12))
    office.answers("MC")
    office.run()
    assert (counts, gauges.read(office.desk.billing).e_invoices_due) == ([0, 1, 1], 0)
    assert einvoices.listed(office.desk.billing) == ()


def test_what_the_operator_has_taken_and_what_a_copy_has_is_not_sent(office: PecOffice) -> None:
    office.buy()
    office.desk.execute("UPDATE einvoices SET state = 'exported'")
    assert office.run() == 0
    office.buy()
    copies.hold(office.desk.billing, "a copy")
    assert (office.run(), office.sent) == (0, [])
