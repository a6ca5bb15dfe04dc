"""What every way to SdI must do: each file gets there once as it was made, and each answer moves it once.

By hand (`export`: a ZIP a day, and receipts as files), by certified mail to real servers, by an intermediary's API,
and in the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from billing.adapters.einvoices.archive import write_archive
from billing.adapters.einvoices.receipts import read
from billing.services import einvoice_editions, einvoices, sdi_post, sdi_receipts
from billing.services.verify import verify
from billing.work import Billing
from sandbox.exchange import Exchange
from sandbox.sdi import answer
from sandbox.stream import Stream
from tests.billing.desk import Desk
from tests.billing.invoicetronic_office import invoicetronic_office
from tests.billing.pec_office import pec_office
from tests.billing.test_einvoices import bought, sending
from tests.mailboxes import attached

FIRST, SECOND, THIRD = (f"IT00743110157_0000{number}.xml" for number in (1, 2, 3))


@dataclass(frozen=True)
class Way:
    """One way to SdI: how files go, which are there, and how SdI answers to one of them."""

    desk: Desk
    go: Callable[[], object]
    there: Callable[[], list[tuple[str, bytes]]]
    answers: Callable[[str, str], None]


@contextmanager
def by_hand(desk: Desk, folder: Path) -> Iterator[Way]:
    at = sending(desk)
    handed: dict[Path, list[tuple[str, bytes]]] = {}

    def go() -> None:
        at.wait(timedelta(days=1))
        for edition in einvoices.listed(at.billing):
            if edition.edition > 1 and edition.state == "ready":
                handed[folder / edition.file_name] = [
                    (edition.file_name, einvoices.content_of(at.billing, edition))
                ]
                einvoices.mark_handed_out(at.billing, edition)
            elif edition.state == "ready":
                day = einvoices.of_day(at.billing, edition.issued_on)
                path = write_archive(folder, day.day, [], einvoices.contents(at.billing, day.day))
                with ZipFile(path) as archive:
                    names = [name for name in archive.namelist() if name.endswith(".xml")]
                    handed[path] = [(name, archive.read(name)) for name in names]
                einvoices.mark_exported(at.billing, day)

    def there() -> list[tuple[str, bytes]]:
        return sorted(file for files in handed.values() for file in files)

    def answers(name: str, says: str) -> None:
        receipt = answered(at.billing, name, dict(there())[name], says)
        sdi_receipts.take(at.billing, read(receipt), receipt)

    yield Way(at, go, there, answers)


@contextmanager
def by_mail(desk: Desk, folder: Path) -> Iterator[Way]:
    with pec_office(desk, folder) as office:

        def there() -> list[tuple[str, bytes]]:
            return sorted(file for mail in office.sent for file in attached(mail))

        def answers(name: str, says: str) -> None:
            number = [office.file(each)[0] for each in range(len(office.sent))].index(name)
            office.answers(says, number, sdi_id=1_000_000 + int(name[-5]))
            office.run()

        yield Way(office.desk, office.run, there, answers)


@contextmanager
def by_intermediary(desk: Desk, _folder: Path) -> Iterator[Way]:
    with invoicetronic_office(desk) as office:
        said = {"NS": "Scartato", "MC": "ImpossibilitaDiRecapito", "RC": "Consegnato"}

        def there() -> list[tuple[str, bytes]]:
            return sorted((one.file_name, one.content) for one in office.far.sent)

        def answers(name: str, says: str) -> None:
            number = [one.file_name for one in office.far.sent].index(name)
            errors = [("00311", "CodiceDestinatario non valido")] if says == "NS" else []
            office.far.says(said[says], number, *errors)
            office.run()

        yield Way(office.desk, office.run, there, answers)


@contextmanager
def in_the_demo(desk: Desk, _folder: Path) -> Iterator[Way]:
    at = sending(
        desk,
        e_invoices="pec",
        pec_smtp_url="smtps://a:b@c",
        pec_imap_url="imaps://a:b@c",
        pec_address="a@b.it",
    )

    async def again(number: str) -> None:
        einvoice_editions.retry(at.billing, number)

    exchange = Exchange(Stream(), at.billing.clock, again, says="silent")

    def answers(name: str, says: str) -> None:
        waiting = [one for one in exchange.sent if not one.says and one.file.name != name]
        for one in waiting:
            one.says = "later"
        exchange.says = says
        sdi_post.run(at.billing, exchange)
        exchange.says = "silent"
        for one in waiting:
            one.says = ""

    def there() -> list[tuple[str, bytes]]:
        return sorted((one.file.name, one.file.content) for one in exchange.sent)

    yield Way(at, lambda: sdi_post.run(at.billing, exchange), there, answers)


def answered(billing: Billing, name: str, content: bytes, says: str) -> bytes:
    return answer(name, content, says, billing.clock(), sdi_id=1_000_000 + int(name[-5])).content


@pytest.fixture(params=[by_hand, by_mail, by_intermediary, in_the_demo])
def way(request: pytest.FixtureRequest, desk: Desk, tmp_path: Path) -> Iterator[Way]:
    with request.param(desk, tmp_path) as way:
        yield way


def states(way: Way) -> list[str]:
    return [row.state for row in way.desk.rows("SELECT state FROM einvoices ORDER BY progressive")]


def test_each_file_gets_there_once_and_as_it_was_made(way: Way) -> None:
    for _ in range(2):
        bought(way.desk)
    for _ in range(3):
        way.go()
    made = [
        (row.file_name, bytes(row.content))
        for row in way.desk.rows("SELECT file_name, content FROM einvoices")
    ]
    assert way.there() == sorted(made)
    assert [name for name, _ in way.there()] == [FIRST, SECOND]
    assert "ready" not in states(way)


def test_each_answer_moves_its_file_and_what_was_rejected_goes_again(way: Way) -> None:
    for _ in range(2):
        bought(way.desk)
    way.go()
    way.answers(FIRST, "NS")
    way.answers(SECOND, "MC")
    assert states(way) == ["rejected", "left"]
    einvoice_editions.retry(way.desk.billing, "2026-000001")
    way.go()
    assert [name for name, _ in way.there()] == [FIRST, SECOND, THIRD]
    way.answers(THIRD, "RC")
    assert states(way) == ["rejected", "left", "delivered"]
    assert verify(way.desk.billing) == ()
