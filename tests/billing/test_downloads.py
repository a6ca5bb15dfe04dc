"""Downloads: all documents of a month, quarter or year, once, with lists that add up to the ledger."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO, StringIO
from tempfile import TemporaryFile
from threading import Event
from time import perf_counter
from zipfile import ZipFile

import pytest
from lxml import etree

from billing import Actor
from billing.adapters.archives import inert
from billing.services import (
    credit_notes,
    download_files,
    downloads,
    invoices,
    members,
    properties,
    purchases,
    refunds,
)
from billing.services.credit_notes import Wanted
from billing.services.download_files import Abandoned
from billing.values.actors import Role
from billing.values.refusals import DownloadTooLarge, NoSuchSpan, NotAllowed, NothingInSpan
from billing.values.snapshots import DownloadSnapshot
from billing.values.spans import Months, Span, spans_between
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.billing.test_einvoices import ESEMPIO, sending
from tests.billing.test_unissued_payments import buy as buy_with_question
from tests.billing.test_unissued_payments import lose_detail

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NUMBERS = "SELECT number FROM invoices UNION ALL SELECT number FROM credit_notes"
ACCOUNTS = "SELECT account, SUM(minor) FROM postings GROUP BY account"
OPERATOR = Actor(WORKSPACE, "", "operator")
HOSTILE = '=HYPERLINK("http://x")'


def go_on(_done: int, _count: int) -> bool:
    return True


@contextmanager
def packed(desk: Desk, actor: Actor, one: DownloadSnapshot, language: str = "en") -> Iterator[ZipFile]:
    with TemporaryFile() as file:
        download_files.pack(desk.billing, actor, one, file, language, go_on)
        with ZipFile(file) as archive:
            yield archive


def listed(archive: ZipFile, name: str) -> list[dict[str, str]]:
    content = archive.read(name)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def summed(rows: list[dict[str, str]], column: str) -> int:
    return int(sum((Decimal(row[column]) for row in rows), Decimal(0)) * 100)


def half_a_year(desk: Desk) -> Actor:
    """Two plans of a company that no spreadsheet should be opened with, a credit note, a refund; whose they are."""
    owner = desk.owner()
    prop = desk.property_of(owner, "Piazza <&> Žižkov")
    company = replace(ESEMPIO, legal_name=HOSTILE, purchase_order="@SUM(A1)")
    for what in ("live-chat/basic/month", "ai-assist/growth/month"):
        order = replace(desk.order(owner, prop, what), company=company)
        purchases.purchase(desk.billing, owner, order, key=desk.key())
    first, second = desk.invoices()
    for month in range(2, 8):
        desk.turn_to(datetime(2026, month, 28, 23, 30, tzinfo=UTC))
    credit_notes.issue(desk.billing, first.id, Wanted(reason="Prova", refund=True))
    credit_notes.issue(desk.billing, second.id, Wanted("10.00", reason="Prova"))
    refunds.refund(desk.billing, OPERATOR, first.number, key="back")
    return owner


def test_a_download_has_each_document_once_and_its_lists_add_up_to_the_ledger(desk: Desk) -> None:
    desk = sending(desk)
    owner = half_a_year(desk)
    one = downloads.ask(desk.billing, owner, "2026")
    with packed(desk, owner, one) as archive:
        names = archive.namelist()
        documents, money = listed(archive, "documents.csv"), listed(archive, "payments.csv")
        hashes = {row["File"]: row["SHA-256"] for row in listed(archive, "sha256.csv")}
        assert hashes == {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in names if name != "sha256.csv"
        }
        first = invoices.as_file(desk.billing, owner, desk.invoices()[0].id, "en")
        assert archive.read(f"invoices/{first.name}") == first.content
        for name in names:
            if name.endswith(".xml"):
                etree.fromstring(archive.read(name))
        cells = _texts(archive.read("2026.xlsx"))
    issued = [row.number for row in desk.rows(NUMBERS)]
    assert sorted(row["Number"] for row in documents) == sorted(issued)
    assert sorted(name for name in names if name.endswith(".pdf")) == sorted(
        f"{'invoices' if row['Kind'] == 'invoice' else 'credit-notes'}/{row['Number']}.pdf"
        for row in documents
    )
    assert sum(name.endswith(".xml") for name in names) == len(desk.rows("SELECT 1 FROM einvoices")) > 0
    ledger = Counter({account: int(minor) for account, minor in desk.rows(ACCOUNTS)})
    assert (summed(documents, "Net"), summed(documents, "VAT")) == (-ledger["revenue"], -ledger["tax"])
    assert summed(documents, "Total") == -ledger["revenue"] - ledger["tax"]
    assert summed(money, "Charged") == ledger["cash"]
    assert {row["Kind"] for row in money} == {"payment", "refund"}
    hostile = [row for row in documents if "HYPERLINK" in row["Customer"]]
    assert hostile
    assert {(row["Customer"], row["Purchase order"]) for row in hostile} == {(f"'{HOSTILE}", "'@SUM(A1)")}
    assert {HOSTILE, "@SUM(A1)"} <= cells


def _texts(workbook: bytes) -> set[str]:
    """The texts in it; no cell is a formula, none a link."""
    with ZipFile(BytesIO(workbook)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 2
        assert not [one for one in sheets if b"<f>" in one or b"hyperlink" in one]
        strings = etree.fromstring(archive.read("xl/sharedStrings.xml"))
        return {text.text or "" for text in strings.iter(f"{SHEET}t")}


def test_in_italian_the_lists_are_in_italian(sqlite_desk: Desk) -> None:
    owner = half_a_year(sqlite_desk)
    with packed(sqlite_desk, owner, downloads.ask(sqlite_desk.billing, owner, "2026-Q1"), "it") as archive:
        rows = listed(archive, "documenti.csv")
        assert {row["Tipo"] for row in rows} == {"fattura"}
        assert {row["Data"][:7] for row in rows} <= {"2026-01", "2026-02", "2026-03"}
        assert "pagamenti.csv" in archive.namelist()


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_is_a_formula(begins: str) -> None:
    assert inert(f"{begins}1") == f"'{begins}1"
    assert inert(f"1{begins}") == f"1{begins}"


@pytest.mark.parametrize(
    ("written", "first", "after", "kept"),
    [
        ("2026-03", date(2026, 3, 1), date(2026, 4, 1), "2026-03"),
        (" 2026-3 ", date(2026, 3, 1), date(2026, 4, 1), "2026-03"),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), "2026-12"),
        ("2026-q4", date(2026, 10, 1), date(2027, 1, 1), "2026-Q4"),
        ("2026 T1", date(2026, 1, 1), date(2026, 4, 1), "2026-Q1"),
        ("2028", date(2028, 1, 1), date(2029, 1, 1), "2028"),
        ("March 2026", date(2026, 3, 1), date(2026, 4, 1), "2026-03"),
        ("giu. 2026", date(2026, 6, 1), date(2026, 7, 1), "2026-06"),
        ("12/2026", date(2026, 12, 1), date(2027, 1, 1), "2026-12"),
    ],
)
def test_a_span_is_read_as_people_write_it(written: str, first: date, after: date, kept: str) -> None:
    span = Span.read(written)
    assert (span.first_day, span.next_day, str(span), Span.read(str(span))) == (first, after, kept, span)


@pytest.mark.parametrize(
    "written",
    ["", "2026-13", "2026-00", "2026-Q5", "march", "ju 2026", "13/2026", "0001", "9999", "2026-03-01"],
)
def test_what_is_no_span_is_refused(sqlite_desk: Desk, written: str) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.buy(owner, sqlite_desk.property_of(owner))
    with pytest.raises(NoSuchSpan):
        downloads.ask(sqlite_desk.billing, owner, written)


def test_spans_follow_one_another_without_a_gap() -> None:
    for months, count in ((Months.MONTH, 27), (Months.QUARTER, 10), (Months.YEAR, 4)):
        spans = list(spans_between(date(2025, 11, 30), date(2028, 1, 1), months))
        assert len(spans) == count
        assert [one.next_day for one in spans[:-1]] == [one.first_day for one in spans[1:]]


def test_documents_go_by_the_date_on_them_and_money_by_the_propertys_own_days(sqlite_desk: Desk) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.clock.now = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # in Rome it is April
    sqlite_desk.buy(owner, sqlite_desk.property_of(owner))
    with pytest.raises(NothingInSpan):
        downloads.ask(sqlite_desk.billing, owner, "2026-03")
    with packed(sqlite_desk, owner, downloads.ask(sqlite_desk.billing, owner, "2026-04")) as archive:
        assert [row["Date"] for row in listed(archive, "documents.csv")] == ["2026-04-01"]
        assert [row["Date"] for row in listed(archive, "payments.csv")] == ["2026-04-01"]


def test_eighty_requests_are_one_and_another_comes_when_it_is_delivered(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    ask = partial(downloads.ask, desk.billing, owner, "2026")
    asked = at_once(*[ask] * 8) + [ask() for _ in range(72)]
    assert len({one.id for one in asked}) == 1
    assert sum(one.is_new for one in asked) == 1
    assert len(desk.audit("download.ask")) == 1
    claimed = at_once(*[partial(downloads.claim, desk.billing)] * 4)
    (one,) = filter(None, claimed)
    downloads.posted(desk.billing, one, "1.2")
    downloads.delivered(desk.billing, one, 3)
    assert [entry.after for entry in desk.audit("download.deliver")] == [{"span": "2026", "files": 3}]
    assert ask().id != one.id


def test_a_killed_process_leaves_it_to_the_next_who_knows_the_message(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    downloads.ask(desk.billing, owner, "2026")
    one = downloads.claim(desk.billing)
    assert one
    downloads.posted(desk.billing, one, "1.2")
    downloads.hold_on(desk.billing, one)
    assert downloads.claim(desk.billing) is None
    desk.execute("UPDATE downloads SET claimed_until = due_at")
    again = downloads.claim(desk.billing)
    assert again
    assert (again.id, again.message_ref, again.tries) == (one.id, "1.2", 2)
    assert not downloads.failed(desk.billing, again, "ratelimited", 60)
    assert downloads.claim(desk.billing) is None
    assert downloads.failed(desk.billing, replace(again, tries=downloads.MAX_TRIES), "fatal_error")
    assert [entry.after for entry in desk.audit("download.fail")] == [
        {"span": "2026", "reason": "fatal_error"}
    ]


def test_of_a_workspace_one_is_made_at_a_time_and_another_workspace_waits_for_none_of_it(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    properties.register_workspace(desk.billing, "TOTHER", "Altra", "it")
    other = desk.person("UOTHER", workspace_id="TOTHER")
    desk.buy(other, desk.property_of(other, "Bottega"))
    first, second = (downloads.ask(desk.billing, owner, span) for span in ("2026", "2026-Q1"))
    theirs = downloads.ask(desk.billing, other, "2026")
    taken = [downloads.claim(desk.billing) for _ in range(3)]
    assert {one.workspace_id for one in taken if one} == {WORKSPACE, "TOTHER"}
    assert taken[2] is None
    mine = next(one for one in taken if one and one.workspace_id == WORKSPACE)
    downloads.delivered(desk.billing, mine, 1)
    after = downloads.claim(desk.billing)
    assert after
    assert {mine.id, after.id} == {first.id, second.id}
    desk.execute("UPDATE downloads SET claimed_until = due_at")  # whose process is gone is taken by the next
    again = downloads.claim(desk.billing)
    assert again
    assert again.id in (after.id, theirs.id)


class Resting(Event):
    """Never set; it remembers for how long it was waited for, and waits no more than that."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.rests.append(timeout or 0.0)
        return False


def test_of_several_at_a_time_each_rests_so_long_that_together_they_take_no_more(sqlite_desk: Desk) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.buy(owner, sqlite_desk.property_of(owner))
    one = downloads.ask(sqlite_desk.billing, owner, "2026")
    rested = []
    for at_a_time in (1, 10):
        stopping = Resting()
        billing = replace(sqlite_desk.billing, stopping=stopping)
        began = perf_counter()
        with TemporaryFile() as file:
            download_files.pack(billing, owner, one, file, "en", go_on, at_a_time=partial(int, at_a_time))
        rested.append(sum(stopping.rests) / (perf_counter() - began))
    assert rested[0] <= 1.0
    assert rested[1] > rested[0] * 4


def test_who_lost_their_role_meanwhile_gets_nothing_and_it_stands_in_the_log(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.buy(owner, prop)
    anna = desk.member(owner, prop, "UANNA", Role.ACCOUNTANT)
    one = downloads.ask(desk.billing, anna, "2026", prop.id)

    def loses(_done: int, _count: int) -> bool:
        members.set_role(desk.billing, owner, prop.id, "UANNA", Role.AGENT)
        return True

    with TemporaryFile() as file, pytest.raises(NotAllowed):
        download_files.pack(desk.billing, anna, one, file, "en", loses)
    with TemporaryFile() as file, pytest.raises(NotAllowed):
        download_files.pack(desk.billing, anna, one, file, "en", go_on)
    assert [(entry.user_id, entry.refused_as) for entry in desk.audit("download.make")] == [
        ("UANNA", "NotAllowed")
    ] * 2
    with pytest.raises(NotAllowed):
        downloads.ask(desk.billing, anna, "2026", prop.id)
    with pytest.raises(NotAllowed):
        downloads.choices(desk.billing, anna)


def test_what_slack_would_not_take_is_refused_and_who_ends_gives_up(sqlite_desk: Desk) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.buy(owner, sqlite_desk.property_of(owner))
    one = downloads.ask(sqlite_desk.billing, owner, "2026")
    pack = partial(download_files.pack, sqlite_desk.billing, owner, one)
    with TemporaryFile() as file, pytest.raises(DownloadTooLarge):
        pack(file, "en", go_on, max_bytes=10_000)
    with TemporaryFile() as file, pytest.raises(Abandoned):
        pack(file, "en", lambda _done, _count: False)


def test_the_days_of_money_for_which_no_document_was_issued_can_be_chosen(desk: Desk) -> None:
    """What was paid could not be invoiced, and goes back months later."""
    owner = desk.owner()
    buy_with_question(desk)
    with pytest.raises(NothingInSpan):
        downloads.choices(desk.billing, owner)
    lose_detail(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    (payment,) = desk.payments()
    paid_on = desk.clock.now.date()
    desk.clock.now += timedelta(days=70)
    refunds.refund(desk.billing, OPERATOR, payment.id, key="back")
    choices = downloads.choices(desk.billing, owner)
    assert (choices.first_day, choices.last_day) == (paid_on, desk.clock.now.date())
    assert desk.invoices() == []
    for day, sums in ((choices.first_day, 1220), (choices.last_day, -1220)):
        asked = downloads.ask(desk.billing, owner, f"{day:%Y-%m}")
        with packed(desk, owner, asked) as archive:
            assert summed(listed(archive, "payments.csv"), "Charged") == sums


def test_a_property_without_documents_has_nothing_to_choose(sqlite_desk: Desk) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.property_of(owner)
    with pytest.raises(NothingInSpan):
        downloads.choices(sqlite_desk.billing, owner)
