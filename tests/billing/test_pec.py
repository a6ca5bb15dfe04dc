"""E-invoices by certified mail: each goes out once, each answer is taken once, and nothing that came is lost."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from billing.adapters.einvoices import imap, pec_mails
from billing.services import sdi_mails, sdi_post
from billing.services.verify import verify
from billing.values.companies import Company
from billing.values.sdi_mails import MailKind, Place, SentFile
from sandbox import pec
from sandbox.sdi import answer
from tests.billing.desk import Desk, at_once
from tests.billing.pec_office import ASSIGNED, SDI, PecOffice, pec_office
from tests.postboxes import USER

FILE, OTHER = "IT00743110157_00001.xml", "IT00743110157_00002.xml"
OFFICE = Company(codice_fiscale="80012000158", sdi_code="UFABC1")


@pytest.fixture
def both(desk: Desk, tmp_path: Path) -> Iterator[PecOffice]:
    """On SQLite and on PostgreSQL."""
    with pec_office(desk, tmp_path) as office:
        yield office


@pytest.fixture
def office(sqlite_desk: Desk, tmp_path: Path) -> Iterator[PecOffice]:
    with pec_office(sqlite_desk, tmp_path) as office:
        yield office


def test_an_e_invoice_goes_out_once_and_each_answer_moves_it_once(both: PecOffice) -> None:
    both.buy()
    assert [both.run(), both.run()] == [1, 0]
    (mail,) = both.sent
    assert (mail["From"], mail["To"], mail["Subject"]) == (USER, SDI, FILE)
    assert mail["Message-ID"] == f"<{FILE}.1@pec.example>"
    (row,) = both.desk.rows("SELECT content FROM einvoices")
    assert both.file() == (FILE, bytes(row.content))
    assert (both.smtp.over_tls, both.smtp.logged_in) == ([True], [b"venditore"])
    assert both.states() == ["sent"]
    for says in ("accettazione", "avvenuta-consegna"):
        both.says(says)
    both.answers("RC")
    assert [both.run(), both.run()] == [0, 0]
    assert (both.states(), both.aside()) == (["delivered"], [])
    both.buy()
    assert both.run() == 1
    assert both.sent[1]["To"] == ASSIGNED, "SdI assigns the address with its first answer"
    moved = [entry.after["state"] for entry in both.desk.audit("einvoices.send") if entry.after]
    assert moved == ["sent", "sent"]
    assert len(both.desk.audit("einvoices.receipt")) == 1
    assert verify(both.desk.billing) == ()


@pytest.mark.parametrize(("says", "state"), [("RC", "delivered"), ("MC", "left"), ("NS", "rejected")])
def test_what_sdi_says_by_mail_moves_the_edition(office: PecOffice, says: str, state: str) -> None:
    office.buy()
    office.run()
    office.answers(says)
    office.run()
    assert (office.states(), office.aside()) == ([state], [])


def test_an_answer_that_was_lost_is_looked_for_in_the_mailbox_before_anything_is_sent_again(
    both: PecOffice,
) -> None:
    both.buy()
    both.smtp.answers.append("cut")
    assert [both.run(), both.run(), both.run_later(minutes=59)] == [0, 0, 0]
    assert (both.states(), both.sendings()) == (["ready"], [("begun", 1, 1)])
    both.postbox.close()
    assert both.run_later(days=2) == 0, "as long as the mailbox cannot be read nobody knows whether it went"
    both.postbox.open()
    both.says("accettazione")
    assert both.run() == 0
    assert (both.states(), both.sendings(), len(both.sent)) == (["sent"], [("taken", 1, 1)], 1)


def test_a_mail_that_nobody_knows_of_is_sent_again_as_the_same_and_sdi_takes_one(both: PecOffice) -> None:
    both.buy()
    both.smtp.answers.append("cut")
    assert [both.run(), both.run_later(hours=1)] == [0, 1]
    first, again = both.sent
    assert (first["Message-ID"], both.file(0)) == (again["Message-ID"], both.file(1))
    both.answers("NS", sdi_id=102, code="00002")  # of the second copy, and before the word on the first
    both.run()
    assert (both.states(), both.aside()) == (["sent"], [])
    both.answers("RC", sdi_id=101)
    both.run()
    assert both.states() == ["delivered"]
    verdicts = [row.verdict for row in both.desk.rows("SELECT verdict FROM sdi_receipts ORDER BY sdi_id")]
    assert verdicts == ["taken", "double"]


def test_a_file_that_was_sent_once_and_that_sdi_knows_is_rejected(office: PecOffice) -> None:
    office.buy()
    office.run()
    office.answers("NS", code="00002")
    office.run()
    assert office.states() == ["rejected"]


class Ended(BaseException):
    """The process ends here."""


def test_a_process_that_ends_while_it_sends_sends_nothing_twice(both: PecOffice) -> None:
    class Ending:
        sender, sdi_address, signs = USER, "", False
        arrived = both.transport.arrived

        def send(self, file: SentFile) -> None:
            both.transport.send(file)
            raise Ended

    both.buy()
    with pytest.raises(Ended):
        sdi_post.run(both.desk.billing, Ending())
    both.says("accettazione")
    assert [both.run(), both.run_later(hours=2)] == [0, 0]
    assert (len(both.sent), both.states()) == (1, ["sent"])


def test_two_workers_at_once_send_each_file_once(desk: Desk, tmp_path: Path) -> None:
    with pec_office(desk, tmp_path) as office:
        for _ in range(3):
            office.buy()
        at_once(office.run, office.run, office.run)
        assert sorted(office.file(number)[0] for number in range(len(office.sent))) == [
            f"IT00743110157_0000{number}.xml" for number in (1, 2, 3)
        ]
        office.answers("RC", 0)
        at_once(office.run, office.run)
        assert len(office.desk.audit("einvoices.receipt")) == 1


@pytest.mark.parametrize("no", ["550 no such recipient", "552 too large", "451 try later"])
def test_what_is_refused_is_tried_again_in_another_mail_ever_later(office: PecOffice, no: str) -> None:
    office.buy()
    office.smtp.answers += [no, no]
    assert office.run() == 0
    assert (office.states(), office.sendings()) == (["ready"], [("waiting", 1, 0)])
    assert [office.run_later(minutes=14), office.run_later(minutes=1), office.run_later(minutes=29)] == [
        0,
        0,
        0,
    ]
    assert [office.run_later(minutes=1), len(office.sent)] == [1, 1]
    assert office.sent[0]["Message-ID"] == f"<{FILE}.3@pec.example>"


def test_a_mail_server_that_is_away_is_asked_again_at_the_next_tick(office: PecOffice) -> None:
    office.buy()
    office.buy()
    office.smtp.from_senders += ["550 not yours", "550 not yours"]
    assert [office.run(), office.run(), office.run()] == [0, 0, 2]
    assert [office.file(0)[0], office.file(1)[0]] == [FILE, OTHER]


def test_what_the_provider_could_not_deliver_goes_again_in_another_mail(both: PecOffice) -> None:
    both.buy()
    both.run()
    both.says("accettazione")
    both.says("preavviso-errore-consegna", words="12 ore")
    assert (both.run(), both.states(), both.aside()) == (0, ["sent"], [])
    both.says("errore-consegna", words="casella piena")
    assert (both.run(), both.states()) == (0, ["ready"])
    assert both.aside() == [("undelivered", f"{FILE}: errore-consegna; altro; casella piena")]
    both.says("errore-consegna", words="casella piena, ancora")
    assert both.run_later(minutes=15) == 1
    assert [mail["Message-ID"] for mail in both.sent] == [
        f"<{FILE}.{number}@pec.example>" for number in (1, 2)
    ]
    both.says("errore-consegna", words="tardi")  # of the first mail, and nothing of the second
    both.run()
    assert (both.states(), len(both.sent)) == (["sent"], 2)


def test_a_mail_is_handled_once_wherever_it_lies(both: PecOffice) -> None:
    both.buy()
    both.run()
    mails = [both.answers("MC"), both.says("avvenuta-consegna")]
    both.run()
    both.postbox.put(*mails)
    both.run()
    both.postbox.count_anew()
    both.postbox.put(*mails)
    both.run()
    both.answers("RC")
    both.run()
    assert both.states() == ["delivered"]
    assert len(both.desk.rows("SELECT digest FROM sdi_mails")) == 3
    assert len(both.desk.audit("einvoices.receipt")) == 2


def test_a_mailbox_that_is_away_is_read_on_from_where_it_was_left(office: PecOffice) -> None:
    office.buy()
    office.buy()
    office.run()
    office.answers("RC", 0, sdi_id=1)
    office.run()
    office.postbox.close()
    assert sdi_mails.receive(office.desk.billing, office.transport) is False
    office.postbox.open()
    office.answers("RC", 1, sdi_id=2)
    assert sdi_mails.receive(office.desk.billing, office.transport) is True
    assert office.states() == ["delivered", "delivered"]


def test_what_is_not_certified_to_be_from_sdi_is_not_believed_and_not_lost(both: PecOffice) -> None:
    both.buy()
    both.run()
    made = answer(*both.file(), "RC", both.desk.clock.now, sdi_id=1)
    lying = pec.written(SDI, USER, "Ricevuta", (made.name, made.content))
    with_headers = pec.written(SDI, USER, "POSTA CERTIFICATA: Ricevuta", (made.name, made.content))
    with_headers["X-Trasporto"] = "posta-certificata"
    both.postbox.put(
        lying.as_bytes(),
        pec.anomaly(lying, both.desk.clock.now),
        lying.as_bytes().replace(b"Subject: Ricevuta", b"Subject: Ricev\xff\x00"),
        with_headers.as_bytes(),
        both.certified((made.name, made.content), sender="sdi01@pec.fatturapa.it.example"),
    )
    both.run()
    assert both.states() == ["sent"]
    assert both.aside() == [("not_from_sdi", made.name)] * 5
    kept = sdi_mails.set_aside(both.desk.billing)
    assert kept[0].content == lying.as_bytes()
    assert kept[2].subject.startswith("Ricev")
    assert kept[4].sender == "sdi01@pec.fatturapa.it.example"
    both.answers("NS")
    both.run()
    assert both.states() == ["rejected"]


def test_what_cannot_be_true_or_read_is_set_aside_and_the_rest_goes_on(
    office: PecOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.buy()
    office.run()
    name, content = office.file()
    now = office.desk.clock.now
    forged = answer(name, content + b" ", "RC", now, sdi_id=1)
    unknown = answer("IT00743110157_00009.xml", content, "RC", now, sdi_id=9)
    broken = pec.receipt("accettazione", office.sent[0], now).replace(b"PD94", b"PDw8")  # "<?x", "<<<"
    monkeypatch.setattr(imap, "LARGEST", 50_000)
    office.postbox.put(
        b"Subject: Offerte della settimana\r\n\r\nBuongiorno\r\n",
        b"\x00\xff\xfe no mail at all",
        office.certified((forged.name, forged.content)),
        office.certified((unknown.name, unknown.content)),
        office.certified(("IT00743110157_00001_RC_001.xml", b"<no")),
        office.certified(),
        broken,
        b"Subject: a film\r\n\r\n" + b"x" * 60_000,
    )
    office.answers("RC")
    office.run()
    assert office.states() == ["delivered"]
    (place,) = office.desk.rows("SELECT uid_validity, uid FROM sdi_mails WHERE aside = 'too_large'")
    assert office.aside() == [
        ("forged", name),
        ("unknown", "IT00743110157_00009.xml"),
        ("no_receipt", "IT00743110157_00001_RC_001.xml: it is no XML"),
        ("no_receipt", ""),
        ("unreadable", "XMLSyntaxError"),
        ("too_large", f"UIDVALIDITY {place.uid_validity}, UID {place.uid}"),
    ]


def packed(*names: str, size: int, packing: int = ZIP_DEFLATED, says: int | None = None) -> bytes:
    """An archive with blanks; of each of its files it `says` that it has so many bytes."""
    made = io.BytesIO()
    with ZipFile(made, "w", packing) as files:
        for name in names:
            files.writestr(name, b" " * size)
        for one in files.infolist():
            one.file_size = one.file_size if says is None else says
    return made.getvalue()


MEGABYTE = 1024 * 1024


def numbered(files: int, size: int) -> bytes:
    """An archive with so many XML files of that size."""
    return packed(*(f"{number}.xml" for number in range(files)), size=size)


@pytest.mark.parametrize(
    ("archives_of", "kind"),
    [
        (lambda: [numbered(5, MEGABYTE)] * 2, MailKind.OTHER),
        (lambda: [*[numbered(5, MEGABYTE)] * 2, packed("one.xml", size=1)], MailKind.TOO_LARGE),
        (lambda: [numbered(20, 1)], MailKind.OTHER),
        (lambda: [numbered(10, 1)] * 3, MailKind.TOO_LARGE),
        (lambda: [b"no archive"] * 21, MailKind.TOO_LARGE),
        (lambda: [packed("film.mov", size=20 * MEGABYTE)], MailKind.OTHER),
        (lambda: [packed("one.xml", size=64 * MEGABYTE, says=10)], MailKind.OTHER),
        (lambda: [packed("one.xml", size=64 * MEGABYTE, packing=ZIP_BZIP2, says=10)], MailKind.OTHER),
    ],
    ids=[
        "ten megabytes",
        "a byte beyond",
        "twenty files",
        "thirty files",
        "twenty-one archives",
        "a film",
        "more than it says",
        "more than it says, in BZIP2",
    ],
)
def test_of_a_whole_mail_no_more_is_unpacked_than_an_answer_can_hold(
    archives_of: Callable[[], list[bytes]], kind: MailKind
) -> None:
    files = [(f"{number}.zip", content) for number, content in enumerate(archives_of())]
    plain = pec.written("nobody@example.com", USER, "Offerte", *files)
    certified = pec.certified(
        pec.written(ASSIGNED, USER, "Offerte", *files), datetime(2026, 1, 31, tzinfo=UTC)
    )
    tracemalloc.start()
    mails = [pec_mails.read(Place(1, 2), raw, "pec.fatturapa.it") for raw in (plain.as_bytes(), certified)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    as_receipts = MailKind.RECEIPTS if kind is MailKind.OTHER else kind
    assert [mail.kind for mail in mails] == [kind, as_receipts]
    assert {mail.subject for mail in mails} <= {"Offerte", "POSTA CERTIFICATA: Offerte"}
    assert [file.content for mail in mails for file in mail.files if file.content] == []
    assert most < 48 * MEGABYTE


def test_the_invoices_of_others_in_the_same_mailbox_are_left_alone(office: PecOffice) -> None:
    office.buy()
    office.run()
    name, content = "IT01114601006_00007.xml", office.file()[1]
    metadata = answer(name, content, "MT", office.desk.clock.now, sdi_id=7)
    office.postbox.put(office.certified((name, content), (metadata.name, metadata.content)))
    office.run()
    assert (office.states(), office.aside()) == (["sent"], [])


def test_what_is_for_a_public_office_has_to_be_signed_and_its_attestation_comes_as_an_archive(
    office: PecOffice,
) -> None:
    office.buy(OFFICE)
    office.buy()
    assert office.run() == 1
    assert [office.file()[0], office.sendings()[0][0]] == [OTHER, "unsigned"]
    (row,) = office.desk.rows(f"SELECT content FROM einvoices WHERE file_name = '{FILE}'")
    made = answer(FILE, bytes(row.content), "AT", office.desk.clock.now, sdi_id=5)
    archive = io.BytesIO()
    with ZipFile(archive, "w") as files:
        files.writestr(made.name, made.content)
        files.writestr(FILE, bytes(row.content))
    office.postbox.put(office.certified((made.name.replace(".xml", ".zip"), archive.getvalue())))
    office.run()
    assert (office.states(), office.aside()) == (["attested", "sent"], [])


def test_the_mailbox_of_before_the_first_e_invoice_is_not_read(office: PecOffice) -> None:
    office.postbox.put(b"Subject: of before\r\n\r\n")
    assert sdi_mails.receive(office.desk.billing, office.transport) is True
    assert office.desk.rows("SELECT digest FROM sdi_mails") == []
    office.desk.clock.now = datetime.now(UTC) + timedelta(days=3)
    office.buy()
    office.run()
    assert office.desk.rows("SELECT digest FROM sdi_mails") == []
