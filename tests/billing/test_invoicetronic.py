"""E-invoices by Invoicetronic: each goes out once whatever is lost, and each answer is taken once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import invoicetronic_sdk as sdk
import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.einvoices.invoicetronic import InvoicetronicTransport, verify
from billing.bootstrap import sdi_webhooks_of
from billing.ports import MailServerUnavailable, WebhookRefused
from billing.proving import invoicetronic_fault
from billing.services import sdi_post
from billing.services.verify import verify as verify_books
from billing.settings import BillingSettings
from billing.values.companies import Company
from sandbox.invoicetronic import KEY, STATES, signature
from tests.billing.desk import Desk, at_once
from tests.billing.invoicetronic_office import InvoicetronicOffice, invoicetronic_office
from tests.billing.test_einvoices import ESEMPIO

FILE, OTHER = "IT00743110157_00001.xml", "IT00743110157_00002.xml"
OFFICE = Company(codice_fiscale="80012000158", sdi_code="UFABC1")
MESSAGE_ID = f"<{FILE}.1@invoicetronic.com>"


@pytest.fixture
def both(desk: Desk) -> Iterator[InvoicetronicOffice]:
    """On SQLite and on PostgreSQL."""
    with invoicetronic_office(desk) as office:
        yield office


@pytest.fixture
def office(sqlite_desk: Desk) -> Iterator[InvoicetronicOffice]:
    with invoicetronic_office(sqlite_desk) as office:
        yield office


def test_an_e_invoice_goes_out_once_and_each_answer_moves_it_once(both: InvoicetronicOffice) -> None:
    both.buy()
    assert [both.run(), both.run()] == [1, 0]
    (sent,) = both.far.sent
    (row,) = both.desk.rows("SELECT content FROM einvoices")
    assert (sent.file_name, sent.content, sent.is_signed) == (FILE, bytes(row.content), False)
    assert both.states() == ["sent"]
    both.far.says("Inviato")
    both.far.says("Consegnato")
    assert [both.run(), both.run()] == [0, 0]
    assert (both.states(), both.aside()) == (["delivered"], [])
    (receipt,) = both.desk.rows("SELECT kind, sdi_id, file_name, verdict FROM sdi_receipts")
    assert tuple(receipt) == ("RC", "9000001", FILE, "taken")
    assert len(both.desk.audit("einvoices.receipt")) == 1
    assert verify_books(both.desk.billing) == ()


@pytest.mark.parametrize(
    ("state", "to", "then"),
    [
        ("Inviato", None, "sent"),
        ("Consegnato", None, "delivered"),
        ("ImpossibilitaDiRecapito", None, "left"),
        ("Scartato", None, "rejected"),
        ("Consegnato", OFFICE, "delivered"),
        ("NonConsegnato", OFFICE, "left"),
        ("AccettatoDalDestinatario", OFFICE, "accepted"),
        ("RifiutatoDalDestinatario", OFFICE, "refused"),
        ("DecorrenzaTermini", OFFICE, "lapsed"),
        ("AttestazioneTrasmissioneFattura", OFFICE, "attested"),
    ],
)
def test_what_sdi_says_moves_the_edition(
    office: InvoicetronicOffice, state: str, to: Company | None, then: str
) -> None:
    assert state in STATES
    office.buy(*([to] if to else []))
    office.run()
    office.far.says(state, words="Codice destinatario sconosciuto")
    office.run()
    assert (office.states(), office.aside()) == ([then], [])
    if then == "rejected":  # SdI's errors were not listed: its words are kept
        assert office.desk.rows("SELECT errors FROM einvoices")[0].errors in (
            '[["", "Codice destinatario sconosciuto"]]',
            [["", "Codice destinatario sconosciuto"]],
        )


def test_the_file_of_a_public_office_is_signed_there_and_its_answers_are_known(
    office: InvoicetronicOffice,
) -> None:
    office.buy(OFFICE)
    assert office.run() == 1
    assert [(one.file_name, one.is_signed) for one in office.far.sent] == [(f"{FILE}.p7m", True)]
    office.far.says("Scartato", 0, ("00311", "CodiceDestinatario non valido"))
    office.run()
    assert office.states() == ["rejected"]


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["within a day", "when the key is forgotten"])
def test_a_lost_answer_is_looked_up_before_the_same_goes_again(
    both: InvoicetronicOffice, *, is_forgotten: bool
) -> None:
    both.buy()
    both.buy()
    both.run()
    both.far.sent.clear()
    both.buy()
    both.far.mood = ["pass", "lost"]
    assert both.run() == 0
    assert (len(both.far.sent), both.states()[2]) == (1, "ready")
    assert both.sendings()[2][:3] == ("begun", 1, 1)
    assert [both.run(), both.run_later(minutes=58)] == [0, 0]
    if is_forgotten:
        both.far.replies.clear()
    assert both.run_later(minutes=3) == 1
    assert (len(both.far.sent), both.states()[2]) == (1, "sent")


def test_what_was_not_taken_goes_again_with_the_same_name(office: InvoicetronicOffice) -> None:
    office.buy()
    office.far.mood = ["pass", 503]
    assert (office.run(), office.far.sent) == (0, [])
    assert office.run_later(minutes=61) == 1
    assert [one.meta_data for one in office.far.sent] == [{"message_id": MESSAGE_ID}]


@pytest.mark.parametrize("status", [401, 402, 403, 429])
def test_an_account_that_is_not_served_keeps_all_files_waiting_for_the_next_tick(
    office: InvoicetronicOffice, status: int
) -> None:
    office.buy()
    office.buy()
    office.far.mood = ["pass", status]
    assert office.run() == 0
    assert office.sendings() == [("waiting", 1, 0, f"HTTP {status} Pretended: {status}.")]
    assert office.run() == 2
    assert office.states() == ["sent", "sent"]


def test_a_file_that_is_refused_is_tried_again_later_and_says_why(office: InvoicetronicOffice) -> None:
    office.buy()
    office.buy()
    office.far.mood = ["pass", 422]
    assert office.run() == 1
    assert office.sendings()[0] == ("waiting", 1, 0, "422 Pretended: 422.")
    assert office.states() == ["ready", "sent"]
    assert [office.run_later(minutes=14), office.run_later(minutes=2)] == [0, 1]


def test_a_server_that_is_away_is_asked_again_and_nothing_is_said_to_have_gone(
    office: InvoicetronicOffice,
) -> None:
    office.buy()
    away = InvoicetronicTransport(KEY, "http://127.0.0.1:9/v1", seconds=2)
    assert sdi_post.run(office.desk.billing, away) == 0
    assert office.sendings() == [("waiting", 1, 0, "NewConnectionError")]
    assert office.run() == 1


def test_what_is_not_understood_is_set_aside_and_the_next_is_read(office: InvoicetronicOffice) -> None:
    office.buy()
    office.buy()
    office.run()
    office.far.says("InLavorazione", words="Stato nuovo")
    office.far.says("Scartato")
    office.far.sent[0].identifier = None
    office.far.says("Consegnato", 1)
    office.run()
    assert office.states() == ["sent", "delivered"]
    assert office.aside() == [
        ("unreadable", "InLavorazione: Stato nuovo"),
        ("unreadable", "Scartato: Scartato"),
    ]
    (first, _) = office.desk.rows("SELECT content FROM sdi_mails WHERE aside <> '' ORDER BY uid")
    assert json.loads(bytes(first.content))["update"]["state"] == "InLavorazione"


def test_updates_that_leave_out_what_was_sent_are_looked_up_and_those_of_others_left_alone(
    office: InvoicetronicOffice,
) -> None:
    office.buy()
    office.run()
    office.far.tells_meta = False
    office.far.says("Consegnato")
    office.far.sent.append(
        office.far.sent[0].__class__(2, "IT01234560017_AAAAA.xml", b"", {}, office.far.clock())
    )
    office.far.says("Scartato", 1)
    office.run()
    assert (office.states(), office.aside()) == (["delivered"], [])


def test_every_update_of_many_is_read_once_whatever_the_page(office: InvoicetronicOffice) -> None:
    office.buy()
    office.run()
    for _ in range(250):
        office.far.says("Inviato")
    office.far.says("Consegnato")
    office.run()
    (read,) = office.desk.rows("SELECT count(*) AS n, max(uid) AS last FROM sdi_mails")
    assert (read.n, read.last, office.states()) == (251, 251, ["delivered"])
    office.far.asked.clear()
    office.run()
    assert office.far.asked == ["GET /v1/update"], "what was read is not asked for again"


def test_two_workers_at_once_send_each_file_once(desk: Desk) -> None:
    with invoicetronic_office(desk) as office:
        for _ in range(4):
            office.buy()
        assert at_once(office.run, office.run)
        assert len(office.far.sent) == 4
        assert sorted(one.file_name for one in office.far.sent) == [
            f"IT00743110157_0000{number}.xml" for number in range(1, 5)
        ]


def test_a_webhook_that_is_genuine_is_stored_once_and_asks_what_is_new(both: InvoicetronicOffice) -> None:
    webhooks = sdi_webhooks_of(BillingSettings.model_validate(SELLER | both.settings), both.desk.billing)
    assert webhooks
    both.buy()
    both.run()
    both.far.says("Consegnato")
    now, body = both.desk.clock.now, b'{"endpoint": "update", "resource_id": 1}'
    signed = signature(body, now)
    assert [webhooks.receive(body, signed), webhooks.receive(body, signed)] == [True, False]
    assert both.states() == ["sent"], "it decides nothing"
    webhooks.process()
    assert both.states() == ["delivered"]
    (row,) = both.desk.rows("SELECT gateway, processed_at FROM gateway_events")
    assert (row.gateway, row.processed_at is not None) == ("invoicetronic", True)
    for forged in (signature(body, now, "another secret"), signature(b"{}", now), "", "t=,v1=", "t=x,v1=é"):
        with pytest.raises(WebhookRefused):
            webhooks.receive(body, forged)
    for stale in (timedelta(minutes=6), -timedelta(minutes=6)):
        with pytest.raises(WebhookRefused, match="stale"):
            webhooks.receive(body, signature(body, now + stale))
    assert len(both.desk.rows("SELECT event_id FROM gateway_events")) == 1


def test_a_signature_is_as_invoicetronic_documents_it() -> None:
    """`t=<unix>,v1=<HMAC-SHA256 of "<unix>.<body>" in lower case hexadecimal>`, made with openssl."""
    made = "cba823a54fa0f410a60c9bac910ac4f2e43443afde6ee827a3572e0773692f38"
    at = datetime.fromtimestamp(1733395200, UTC)
    assert verify("s3cret-of-webhook", b'{"id":1}', f"t=1733395200,v1={made}", at) == made


def test_the_pretend_speaks_as_the_official_sdk_reads(office: InvoicetronicOffice) -> None:
    office.buy()
    office.run()
    office.far.says("Scartato", 0, ("00311", "CodiceDestinatario non valido"))
    configuration = sdk.Configuration(
        host=office.settings["invoicetronic_api_url"], username=KEY, password=""
    )
    client = sdk.ApiClient(configuration)
    (sent,) = sdk.SendApi(client).send_get(file_name=FILE)
    assert (sent.file_name, sent.identifier, sent.latest_state) == (FILE, "9000001", "Scartato")
    (update,) = sdk.UpdateApi(client).update_get(sort="-id")
    assert update.errors
    assert update.send
    assert (update.state, update.errors[0].code) == ("Scartato", "00311")
    assert update.send.meta_data == {"message_id": MESSAGE_ID}
    assert sdk.StatusApi(client).status_get().operation_left == 99
    again = sdk.Send(
        file_name=OTHER, payload="PEZhdHR1cmFFbGV0dHJvbmljYS8+", encoding="Base64", meta_data={"a": "b"}
    )
    taken = [
        sdk.SendApi(client).send_post(again, signature="Apply", idempotency_key="one").id for _ in range(2)
    ]
    assert (taken, len(office.far.sent)) == ([2, 2], 2), "and takes what the official SDK sends"


SELLER = {
    "seller_name": "Venditore S.p.A.",
    "seller_street": "Via Manzoni 12",
    "seller_postal_code": "20121",
    "seller_city": "Milano",
    "seller_province": "MI",
}
LIVE = {
    "payment_gateway": "stripe",
    "stripe_api_key": "sk_live_1",
    "stripe_webhook_secret": "whsec_1",
    "seller_address": "Via Manzoni 12; 20121 Milano",
    "seller_vat_number": "IT01234560017",
}


def test_check_proves_the_account_and_sends_nothing(office: InvoicetronicOffice) -> None:
    def said(**changed: str) -> str | None:
        fault = invoicetronic_fault(BillingSettings.model_validate(SELLER | office.settings | changed))
        return str(fault).split(": no e-")[0] if fault else None

    assert said() is None
    assert said(e_invoices="export") is None
    assert said(invoicetronic_api_key="ik_live_other") == (
        "INVOICETRONIC_API_KEY: Invoicetronic does not let us in (HTTP 401 The API key is not known.)"
    )
    assert "NewConnectionError" in str(said(invoicetronic_api_url="http://127.0.0.1:9/v1"))
    assert "key of the sandbox" in str(said(**LIVE))
    office.far.left = 0
    assert "nothing is left of what was bought" in str(said())
    assert office.far.sent == []


@pytest.mark.parametrize("answer", ["[1]", '{"id": 1}', '[{"id": "x"}]', "<html>", '[{"id": true}]'])
def test_an_answer_that_is_none_reads_nothing(office: InvoicetronicOffice, answer: str) -> None:
    office.buy()
    office.run()
    office.far.mood = [answer]
    with pytest.raises(MailServerUnavailable):
        list(office.transport.arrived(None, office.desk.clock.now.date()))


@pytest.fixture
def typed_there(office: InvoicetronicOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed is typed with the settings of that office."""
    for name, value in (SELLER | office.settings).items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("DATABASE_URL", office.desk.billing.engine.url.render_as_string(hide_password=False))


@pytest.mark.usefixtures("typed_there")
def test_an_operator_sends_at_once(office: InvoicetronicOffice) -> None:
    office.buy()
    ran = CliRunner().invoke(program, ["einvoices", "send"])
    assert (ran.exit_code, ran.output) == (0, "1 e-invoice was sent.\n")
    office.far.key = "another"
    ran = CliRunner().invoke(program, ["einvoices", "send"])
    assert ran.exit_code == 1
    assert "The answers could not be read: python -m billing check says why." in ran.output


@pytest.mark.usefixtures("typed_there")
@pytest.mark.parametrize("buyer", [ESEMPIO, OFFICE], ids=["a company's", "an office's, signed there"])
def test_what_is_made_again_goes_out_by_itself_and_the_operator_is_told_so(
    office: InvoicetronicOffice, buyer: Company
) -> None:
    office.buy(buyer)
    office.run()
    office.far.says("Scartato", 0, ("00311", "CodiceDestinatario non valido"))
    office.run()
    ran = CliRunner().invoke(program, ["einvoices", "retry", "2026-000001"])
    assert ran.output == f"2026-000001: edition 2 is {OTHER}. It goes out by itself.\n"
    assert office.run() == 1
