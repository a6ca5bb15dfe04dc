"""Receipts of SdI: each is kept, moves its edition once in whatever order, and what cannot be true moves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path

import fatturapa
import pytest
from lxml import etree
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.einvoices.archive import write_archive
from billing.adapters.einvoices.receipts import read
from billing.services import (
    companies,
    credit_notes,
    einvoice_editions,
    einvoices,
    gauges,
    purchases,
    sdi_receipts,
)
from billing.services.credit_notes import Wanted
from billing.services.einvoice_editions import StillOld
from billing.services.sdi_receipts import Taken
from billing.services.verify import verify
from billing.values.companies import Company
from billing.values.errors import BadFields, NotSendable, Unfit
from billing.values.refusals import NotFound
from billing.values.sdi import Receipt, ReceiptKind
from sandbox.sdi import NoSuchAnswer, answer
from sandbox.sdi import main as pretend
from tests.billing.desk import Desk, at_once
from tests.billing.test_einvoices import ESEMPIO, SELLER, bought, sending

FILE, OTHER = "IT00743110157_00001.xml", "IT00743110157_00002.xml"
OFFICE = Company(codice_fiscale="80012000158", sdi_code="UFABC1")
AT = datetime(2026, 2, 2, 10, 30, tzinfo=UTC)
# Where SdI's schemas lie on this machine; no package of PyPI carries them, and they are not ours to give away.
SCHEMAS = os.environ.get("SDI_SCHEMAS", "")
ALL = {
    "company": ("RC", "NS", "MC", "MT"),
    "office": ("RC", "NS", "MC", "EC01", "EC02", "DT", "AT", "MT"),
}


def selling(desk: Desk, company: Company = ESEMPIO) -> Desk:
    """The desk with E_INVOICES on, which has sold one thing to that buyer."""
    at = sending(desk)
    owner = at.owner()
    purchases.purchase(
        at.billing, owner, replace(at.order(owner, at.property_of(owner)), company=company), key="one"
    )
    return at


def content_of(at: Desk, name: str = FILE) -> bytes:
    (row,) = at.rows(f"SELECT content FROM einvoices WHERE file_name = '{name}'")
    return bytes(row.content)


def said(at: Desk, says: str, name: str = FILE, *, sdi_id: int = 101, code: str = "00311") -> bytes:
    return answer(name, content_of(at, name), says, AT, sdi_id=sdi_id, code=code).content


def take(at: Desk, content: bytes) -> Taken:
    return sdi_receipts.take(at.billing, read(content), content)


def moved_to(at: Desk) -> list[str]:
    """What the audit log says of answers: each state that one led to."""
    return [entry.after["state"] for entry in at.audit("einvoices.receipt") if entry.after]


def states(at: Desk) -> list[str]:
    return [row.state for row in at.rows("SELECT state FROM einvoices ORDER BY progressive")]


@pytest.mark.parametrize(
    ("company", "says", "state"),
    [
        (ESEMPIO, "RC", "delivered"),
        (ESEMPIO, "MC", "left"),
        (ESEMPIO, "NS", "rejected"),
        (OFFICE, "RC", "delivered"),
        (OFFICE, "MC", "left"),
        (OFFICE, "NS", "rejected"),
        (OFFICE, "EC01", "accepted"),
        (OFFICE, "EC02", "refused"),
        (OFFICE, "DT", "lapsed"),
        (OFFICE, "AT", "attested"),
    ],
)
def test_each_receipt_moves_the_edition_once_and_the_audit_log_says_so(
    desk: Desk, company: Company, says: str, state: str
) -> None:
    at = selling(desk, company)
    receipt = said(at, says)
    first, again = take(at, receipt), take(at, receipt)
    errors = (("00311", "CodiceDestinatario non valido"),) if says == "NS" else ()
    assert first == Taken("taken", False, FILE, "2026-000001", state, errors)
    assert again == replace(first, again=True)
    assert states(at) == [state]
    assert moved_to(at) == [state]
    (kept,) = at.rows("SELECT workspace_id, content FROM sdi_receipts")
    assert (kept.workspace_id, bytes(kept.content)) == ("T0001", receipt)


@pytest.mark.parametrize("order", [*permutations(["MC", "RC", "EC01"])])
def test_receipts_out_of_order_end_in_the_same_state_and_all_are_kept(
    sqlite_desk: Desk, order: tuple[str, ...]
) -> None:
    at = selling(sqlite_desk, OFFICE)
    verdicts = [take(at, said(at, says)).verdict for says in order]
    assert states(at) == ["accepted"]
    assert verdicts[order.index("EC01") + 1 :] == ["late"] * (2 - order.index("EC01"))
    assert len(at.rows("SELECT digest FROM sdi_receipts")) == 3


@pytest.mark.parametrize(
    ("first", "then"),
    [("NS", "RC"), ("RC", "NS"), ("MC", "NS"), ("EC01", "EC02"), ("DT", "EC01"), ("AT", "RC"), ("NS", "DT")],
)
def test_what_contradicts_is_kept_and_changes_nothing(sqlite_desk: Desk, first: str, then: str) -> None:
    at = selling(sqlite_desk, OFFICE)
    take(at, said(at, first))
    before = states(at)
    assert take(at, said(at, then)).verdict == "contradicts"
    assert states(at) == before
    assert len(at.rows("SELECT digest FROM sdi_receipts")) == 2


def test_forged_receipts_are_kept_and_not_believed(sqlite_desk: Desk) -> None:
    """Of another file under the same name, or of another number than SdI gave the file first."""
    at = selling(sqlite_desk)
    other = answer(FILE, content_of(at).replace(b"Piazza", b"Plaza") + b"\n", "NS", AT, sdi_id=7).content
    assert take(at, other).verdict == "forged"
    assert states(at) == ["ready"]
    assert take(at, said(at, "MC", sdi_id=101)).verdict == "taken"
    assert take(at, said(at, "RC", sdi_id=102)).verdict == "forged"
    assert states(at) == ["left"]
    assert len(at.rows("SELECT digest FROM sdi_receipts")) == 3


@pytest.mark.parametrize(("company", "of"), [(ESEMPIO, OFFICE), (OFFICE, ESEMPIO)])
def test_a_receipt_in_the_schema_for_others_is_not_believed(
    sqlite_desk: Desk, company: Company, of: Company
) -> None:
    at = selling(sqlite_desk, company)
    office = b'versione="FPA12"'
    as_other = (
        content_of(at).replace(office, b"")
        if company is OFFICE
        else content_of(at) + b"<!--" + office + b"-->"
    )
    content = answer(FILE, as_other, "RC", AT, sdi_id=1).content
    receipt = replace(read(content), digest="")  # a forger takes the right one
    assert sdi_receipts.take(at.billing, receipt, content).verdict == "other_schema"
    assert states(at) == ["ready"]


def test_a_receipt_of_an_unknown_file_is_kept_and_taken_once_the_file_is_known(desk: Desk) -> None:
    at = selling(desk)
    receipt = said(at, "RC")
    at.execute("UPDATE einvoices SET file_name = 'elsewhere'")
    first = take(at, receipt)
    assert (first.verdict, first.number, first.state) == ("unknown", "", "")
    assert take(at, receipt) == replace(first, again=True)
    at.execute(f"UPDATE einvoices SET file_name = '{FILE}'")
    assert take(at, receipt).verdict == "taken"
    (kept,) = at.rows("SELECT workspace_id, verdict FROM sdi_receipts")
    assert (kept.workspace_id, kept.verdict) == ("T0001", "taken")
    assert take(at, said(at, "MT")).verdict == "not_ours"


def test_the_same_receipt_is_taken_once_by_many_at_once(desk: Desk) -> None:
    at = selling(desk)
    receipt = said(at, "NS")
    answers = at_once(*[lambda: take(at, receipt)] * 4)
    assert sorted(one.again for one in answers) == [False, True, True, True]
    assert moved_to(at) == ["rejected"]


def test_a_file_that_was_signed_before_it_was_sent_is_known_by_its_name(sqlite_desk: Desk) -> None:
    at = selling(sqlite_desk)
    receipt = answer(f"{FILE}.p7m", b"signed " + content_of(at), "RC", AT, sdi_id=1).content
    assert take(at, receipt).verdict == "taken"


def test_the_parser_reads_both_schemas_and_either_writing_of_the_digest(sqlite_desk: Desk) -> None:
    at = selling(sqlite_desk)
    digest = hashlib.sha256(content_of(at))
    plain = said(at, "RC")
    wanted = Receipt(ReceiptKind.DELIVERED, False, "101", FILE, AT, digest.hexdigest())
    assert read(plain) == wanted
    assert read(plain.replace(digest.hexdigest().encode(), base64.b64encode(digest.digest()))) == wanted
    local = plain.replace(b"2026-02-02T10:30:00.000+00:00", b"2026-02-02T11:30:00.000")
    assert read(local).said_at == AT  # Rome's


Change = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _: b"", "it is no XML"),
        (lambda _: b"%PDF-1.7", "it is no XML"),
        (lambda x: x[:-20], "it is no XML"),
        (lambda x: x + b" " * 5 * 1024 * 1024, "it is larger than 5 MB"),
        (
            lambda x: x.replace(b"RicevutaConsegna", b"Ricevuta"),
            "its root Ricevuta is none of a receipt of SdI",
        ),
        (
            lambda x: x.replace(b"messaggi/v1.0", b"messaggi/v2.0"),
            "its root RicevutaConsegna is none of a receipt",
        ),
        (lambda x: x.replace(b'versione="1.0"', b'versione="2.0"'), "its version is not 1.0"),
        (lambda x: x.replace(b"NomeFile", b"Nome"), "NomeFile is missing in it, or not in its place"),
        (lambda x: x.replace(b"</MessageId>", b"</MessageId><Altro/>"), "Altro is in it, where it cannot be"),
        (lambda x: x.replace(FILE.encode(), b""), "NomeFile is empty in it, or too long"),
        (lambda x: x.replace(b"2026-02-02T", b"2026-02-30T"), "DataOraConsegna is no moment in it"),
        (lambda x: x.replace(b"<Hash>", b"<Hash>!"), "Hash is no SHA-256 in it"),
        (lambda x: x.replace(b"<Hash>", "<Hash>à".encode()), "Hash is no SHA-256 in it"),
        (
            lambda x: x.replace(b"?>\n", b'?>\n<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
            "it declares a document type",
        ),
    ],
)
def test_what_is_no_receipt_is_refused_in_a_sentence(sqlite_desk: Desk, change: Change, fault: str) -> None:
    at = selling(sqlite_desk)
    whole = said(at, "RC")
    changed = change(whole)
    assert changed != whole
    with pytest.raises(Unfit) as refused:
        read(changed)
    assert str(refused.value).startswith(fault)


@pytest.mark.parametrize(
    ("says", "old", "new", "fault"),
    [
        ("NS", b"<Errore>", b"<Fehler>", "it is no XML"),
        ("NS", b"Errore>", b"Fehler>", "Fehler is in it, where it cannot be"),
        ("NS", b"00311", b"003111", "Codice is empty in it, or too long"),
        ("EC01", b"EC01", b"EC03", "Esito is none of EC01 and EC02 in it"),
        ("EC01", b"<Esito>EC01", b"<Esito>", "Esito is empty in it, or too long"),
        ("RC", b">101<", b">abc<", "IdentificativoSdI is no number in it"),
    ],
)  # fmt: skip
def test_what_is_wrong_inside_is_refused_too(
    sqlite_desk: Desk, says: str, old: bytes, new: bytes, fault: str
) -> None:
    at = selling(sqlite_desk, OFFICE)
    whole = said(at, says)
    assert old in whole
    with pytest.raises(Unfit) as refused:
        read(whole.replace(old, new))
    assert str(refused.value).startswith(fault)


@pytest.mark.skipif(
    not SCHEMAS, reason="SDI_SCHEMAS names no folder with MessaggiTypes_v1.1.xsd: no package carries it"
)
@pytest.mark.parametrize("kind", ["company", "office"])
def test_the_pretend_exchange_system_answers_as_the_official_schemas_have_it(
    sqlite_desk: Desk, kind: str
) -> None:
    at = selling(sqlite_desk, ESEMPIO if kind == "company" else OFFICE)
    name = "MessaggiFatturaTypes_v1.0.xsd" if kind == "company" else "MessaggiTypes_v1.1.xsd"
    text = (Path(SCHEMAS) / name).read_text(encoding="utf-8")
    there = "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd"
    beside = (Path(SCHEMAS) / "xmldsig-core-schema.xsd").as_uri()
    for location in (there, '"xmldsig-core-schema.xsd'):
        text = text.replace(location, f'"{beside}' if location.startswith('"') else beside)
    schema = etree.XMLSchema(
        etree.fromstring(text.encode(), etree.XMLParser(load_dtd=False, no_network=True))
    )
    for says in ALL[kind]:
        content = said(at, says)
        schema.assertValid(etree.fromstring(content))
        assert str(read(content).kind) == says


def test_an_outcome_for_another_file_than_it_names_is_refused(sqlite_desk: Desk) -> None:
    inside = b"<EsitoCommittente versione='1.0'><IdentificativoSdI>"
    whole = said(selling(sqlite_desk, OFFICE), "EC01").replace(
        inside.replace(b"'", b'"') + b"101", inside + b"102"
    )
    with pytest.raises(Unfit, match="it answers two files at once"):
        read(whole)


def test_the_archive_of_a_day_goes_to_the_pretend_exchange_system_and_its_receipts_back(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = selling(sqlite_desk)
    bought(at)
    at.turn(days=1)
    day = date(2026, 1, 31)
    archive = write_archive(tmp_path, day, [("file",)], einvoices.contents(at.billing, day))
    assert pretend([str(archive), "--says", "MC", "--to", str(tmp_path / "back")]) == 0
    for receipt in sorted((tmp_path / "back").iterdir()):
        take(at, receipt.read_bytes())
    assert states(at) == ["left", "left"]
    assert pretend([str(archive), "--says", "DT", "--to", str(tmp_path / "back")]) == 1
    assert "DT may be for public offices alone" in capsys.readouterr().out


def test_what_only_offices_get_is_not_answered_to_companies(sqlite_desk: Desk) -> None:
    with pytest.raises(NoSuchAnswer):
        said(selling(sqlite_desk), "AT")


def test_what_was_rejected_is_made_again_corrected_with_its_number_and_date(desk: Desk) -> None:
    at = selling(desk, replace(ESEMPIO, sdi_code="AAAAAAA"))
    bought(at)
    take(at, said(at, "NS"))
    at.wait(timedelta(days=1))
    made = einvoice_editions.correct(
        at.billing, "2026-000001", {"sdi_code": "m5uxcr1 ", "street": "Via Roma 2"}
    )
    third = "IT00743110157_00003.xml"
    assert (made.edition, made.file_name, made.state, made.send_by) == (2, third, "ready", date(2026, 2, 7))
    (before,), (after,) = fatturapa.parse(content_of(at)), fatturapa.parse(content_of(at, third))
    assert (after.numero, after.data, after.importo_totale) == (
        before.numero,
        before.data,
        before.importo_totale,
    )
    text = content_of(at, third).decode()
    assert "<CodiceDestinatario>M5UXCR1</CodiceDestinatario>" in text
    assert "<Indirizzo>Via Roma 2</Indirizzo>" in text
    (entry,) = at.audit("einvoices.correct")
    assert entry.before == {"file": FILE, "sdi_code": "AAAAAAA", "street": "Via Roma 1"}
    assert entry.after == {
        "number": "2026-000001", "edition": 2, "file": third, "sdi_code": "M5UXCR1", "street": "Via Roma 2",
    }  # fmt: skip
    take(at, said(at, "NS", third, sdi_id=103, code="00404"))
    again = einvoice_editions.retry(at.billing, "2026-000001")
    assert (again.edition, again.file_name) == (3, "IT00743110157_00004.xml")
    assert einvoice_editions.retry(at.billing, "2026-000001") == again  # not handed out yet: the same file
    corrected = content_of(at, again.file_name).decode()
    assert "M5UXCR1" in corrected and "Via Roma 2" in corrected  # noqa: PT018 - one file
    assert take(at, said(at, "RC", again.file_name, sdi_id=104)).state == "delivered"
    assert verify(at.billing) == ()


def test_what_has_to_be_sent_within_three_days_is_counted_for_who_watches(desk: Desk) -> None:
    """Twelve days from the document's date, the 31st of January; five from SdI's rejection, the 2nd of February."""
    at = selling(desk)
    counts = []
    for day, does in ((8, ""), (9, ""), (9, "NS"), (9, "retry"), (9, "RC")):
        at.clock.now = datetime(2026, 2, day, 12, tzinfo=UTC)
        if does == "retry":
            einvoice_editions.retry(at.billing, "2026-000001")
        elif does:
            newest = einvoices.find(at.billing, "2026-000001")[0][-1].file_name
            take(at, said(at, does, newest))
        counts.append(gauges.read(at.billing).e_invoices_due)
    assert counts == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("says", [None, "RC", "MC"])
def test_what_sdi_did_not_reject_is_not_made_again(sqlite_desk: Desk, says: str | None) -> None:
    at = selling(sqlite_desk)
    if says:
        take(at, said(at, says))
    with pytest.raises(Unfit) as refused:
        einvoice_editions.retry(at.billing, "2026-000001")
    why = "SdI did not reject" if says else f"{FILE} was not sent yet: send it as it is"
    assert why in str(refused.value)
    with pytest.raises(NotFound):
        einvoice_editions.retry(at.billing, "2026-000009")
    assert len(states(at)) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sdi_code": "UFABC1"}, Unfit),
        ({"postal_code": "23041", "city": "Livigno", "region": "SO"}, Unfit),
        ({"sdi_code": "ABC"}, BadFields),
        ({"vat_number": "IT01114601007"}, BadFields),
        ({"postal_code": "2012"}, BadFields),
        ({"name": "株" * 81}, BadFields),
        ({"vat_number": ""}, NotSendable),
    ],
)
def test_a_correction_that_cannot_be_sent_or_needs_another_vat_is_refused(
    sqlite_desk: Desk, changes: dict[str, str], refusal: type[Exception]
) -> None:
    at = selling(sqlite_desk)
    take(at, said(at, "NS"))
    with pytest.raises(refusal):
        einvoice_editions.correct(at.billing, "2026-000001", changes)
    assert states(at) == ["rejected"]
    assert at.audit("einvoices.correct") == []


def test_what_was_rejected_and_credited_whole_is_closed_and_sdi_hears_of_neither(desk: Desk) -> None:
    at = selling(desk)
    take(at, said(at, "NS"))
    note = credit_notes.issue(at.billing, "2026-000001", Wanted())
    assert states(at) == ["rejected"]
    (kept,) = at.rows("SELECT document FROM credit_notes")
    assert "e_invoices" not in str(kept.document)
    assert einvoices.listed(at.billing) == ()
    (edition,), _ = einvoices.find(at.billing, "2026-000001")
    assert edition.send_by is None
    assert verify(at.billing) == ()
    at.clock.now += timedelta(days=30)
    assert gauges.read(at.billing).e_invoices_due == 0
    for again in (
        partial(einvoice_editions.correct, changes={"pec": "a@pec.example"}),
        einvoice_editions.retry,
    ):
        with pytest.raises(Unfit, match="it counts as never issued, and isn't sent again"):
            again(at.billing, "2026-000001")
    with pytest.raises(Unfit, match=f"{note.number} has no e-invoice"):
        einvoices.find(at.billing, note.number)


def test_what_was_rejected_and_credited_in_part_is_to_be_sent_again_with_its_note(desk: Desk) -> None:
    at = selling(desk)
    take(at, said(at, "NS"))
    credit_notes.issue(at.billing, "2026-000001", Wanted("1.00"))
    credit_notes.issue(at.billing, "2026-000001", Wanted())
    assert states(at) == ["rejected", "ready", "ready"]
    assert [one.number for one in einvoices.listed(at.billing)] == [
        "2026-000001", "CN-2026-000001", "CN-2026-000002",
    ]  # fmt: skip
    assert einvoice_editions.retry(at.billing, "2026-000001").edition == 2


def test_what_sdi_took_at_the_second_try_is_credited_there(desk: Desk) -> None:
    at = selling(desk)
    take(at, said(at, "NS"))
    einvoice_editions.retry(at.billing, "2026-000001")
    credit_notes.issue(at.billing, "2026-000001", Wanted())
    assert states(at) == ["rejected", "ready", "ready"]


def test_a_credit_note_goes_to_the_buyer_as_the_e_invoice_was_corrected(desk: Desk) -> None:
    """The documents stay as they are; a second correction of the note goes on from the first."""
    at = selling(desk, replace(ESEMPIO, sdi_code="AAAAAAA"))
    take(at, said(at, "NS"))
    einvoice_editions.correct(
        at.billing, "2026-000001", {"vat_number": "IT01234560017", "sdi_code": "M5UXCR1"}
    )
    take(at, said(at, "RC", OTHER, sdi_id=102))
    credit_notes.issue(at.billing, "2026-000001", Wanted("1.00"))
    third, fourth = "IT00743110157_00003.xml", "IT00743110157_00004.xml"
    note = content_of(at, third).decode()
    assert "<TipoDocumento>TD04" in note
    assert "<IdCodice>01234560017" in note
    assert "<CodiceDestinatario>M5UXCR1" in note
    (kept,) = at.rows("SELECT document FROM credit_notes")
    assert "AAAAAAA" in str(kept.document)
    take(at, said(at, "NS", third, sdi_id=103))
    einvoice_editions.retry(at.billing, "CN-2026-000001")
    assert content_of(at, fourth).decode().count("M5UXCR1") == 1
    assert verify(at.billing) == ()


def test_who_corrects_an_e_invoice_is_told_where_the_old_details_still_are(sqlite_desk: Desk) -> None:
    at = selling(sqlite_desk, replace(ESEMPIO, sdi_code="AAAAAAA"))
    owner, number = at.owner(), "2026-000001"
    take(at, said(at, "NS"))
    einvoice_editions.correct(at.billing, number, {"sdi_code": "M5UXCR1"})
    (plan,) = [at.plan(row.id) for row in at.rows("SELECT id FROM subscriptions")]
    name = at.rows("SELECT name FROM properties")[0].name
    own = plan.has_own_buyer
    assert einvoice_editions.still_old(at.billing, number) == StillOld(name, "Live Chat", own)
    right = {"legal_name": ESEMPIO.legal_name, "vat_number": ESEMPIO.vat_number, "sdi_code": "M5UXCR1"}
    companies.change(at.billing, owner, plan.id, right, plan.version)
    assert einvoice_editions.still_old(at.billing, number) is None


def test_an_office_that_is_charged_as_everybody_is_corrected_like_everybody(sqlite_desk: Desk) -> None:
    """Where the seller's table has no row for public offices; the file is one for an office then."""
    at = selling(sqlite_desk)
    table = at.billing.issuer.taxes
    kept = tuple(case for case in table.cases if case.who != "public office")
    issuer = replace(at.billing.issuer, taxes=table.model_copy(update={"cases": kept}))
    at = replace(at, billing=replace(at.billing, issuer=issuer))
    take(at, said(at, "NS"))
    einvoice_editions.correct(at.billing, "2026-000001", {"sdi_code": "UFABC1"})
    assert b'versione="FPA12"' in content_of(at, OTHER)


def test_as_an_operator_reads_it(sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = selling(sqlite_desk)
    bought(at)
    monkeypatch.setenv("DATABASE_URL", at.billing.engine.url.render_as_string())
    for name, value in SELLER.items():
        monkeypatch.setenv(name.upper(), value)
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    inbox.mkdir()
    out.mkdir()
    for says, name in (("NS", FILE), ("MC", OTHER)):
        (inbox / f"{says}.xml").write_bytes(said(at, says, name, sdi_id=len(says + name) + (says == "MC")))
    (inbox / "z.xml").write_bytes(b"no")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(program, ["einvoices", *words])
        return done.exit_code, done.output

    code, text = run("receipts", str(inbox))
    left = "issued, in the buyer's area at the tax authority: tell the buyer to look there"
    assert (code, text.splitlines()) == (
        1,
        [
            f"{inbox}/MC.xml: 2026-000002: {left}.",
            f"{inbox}/NS.xml: 2026-000001: rejected: 00311 CodiceDestinatario non valido "
            "(SdI does not know the buyer's SDI code: correct it by --sdi-code).",
            f"{inbox}/z.xml: not taken, it is no receipt: it is no XML.",
        ],
    )
    assert "it was taken before; 2026-000002" in run("receipts", str(inbox / "MC.xml"))[1]
    assert run("receipts", str(inbox / "none.xml"))[0] == 1
    assert json.loads(run("receipts", str(inbox / "MC.xml"), "--json")[1])[0]["state"] == "left"
    assert "2026-000001" in run("list")[1]
    assert "scartata" in run("list", "--language", "it")[1]
    assert run("correct", "2026-000001")[0] == 1
    code, text = run("correct", "2026-000001", "--sdi-code", "M5UXCR1", "--to", str(out))
    third = "IT00743110157_00003.xml"
    assert (code, text.splitlines()) == (
        0,
        [
            f"2026-000001: edition 2 is {out}/{third}. Send it by 2026-02-07.",
            "The next invoices of Piazza still have the old details: correct its billing profile.",
        ],
    )
    assert (out / third).read_bytes() == content_of(at, third)
    assert run("list")[1] == "No e-invoice waits.\n"
    assert [one.state for one in einvoices.find(at.billing, "2026-000001")[0]] == ["rejected", "exported"]
    code, text = run("show", "2026-000001")
    replaced, newest = text.splitlines()[:2]
    assert replaced.endswith(": correct it by --sdi-code)"), "what was replaced is not to be sent again"
    assert newest.startswith(f"2026-01-31  2026-000001  {third}  edition 2  T0001  exported ")
