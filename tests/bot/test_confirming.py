"""The link in the mail to a new billing contact: only its button confirms, once, for seven days; no log has it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession

from billing.adapters.mail import SmtpMailer
from billing.bootstrap import posting
from billing.services import audit, contacts, properties
from billing.services.verify import verify
from billing.values.contacts import ContactKind
from billing.values.snapshots import AuditPage
from bot.confirming import MAX_ASKED
from bot.i18n import words
from bot.server import Server
from bot.views.audit import audit_log
from sandbox.serving import serving
from tests.billing.desk import Desk
from tests.billing.office import HEAD, Office, office_of
from tests.bot.conftest import FarSide
from tests.mailboxes import Box, text_in

STUDIO = "studio@commercialista.example"
USED = "This link can&#x27;t be used"


@dataclass
class Page:
    """The page behind the newest mail's link, as a browser asks for it."""

    office: Office
    session: ClientSession
    url: str

    def add(self) -> str:
        billing, kinds = self.office.desk.billing, [ContactKind.RECEIPTS]
        shop = self.office.shop.id
        return contacts.add(billing, self.office.owner, shop, "", STUDIO, kinds).id

    def path_in_mail(self) -> str:
        """Delivers the mail; the button leads where its text says."""
        assert posting(self.office.desk.billing, self.office.mailer, *HEAD, f"{self.url}/")() == 1
        mail = self.office.box.taken[-1]
        (link,) = re.findall(rf"{self.url}(/contacts/\S+)", text_in(mail))
        assert f'href="{self.url}{link}"' in text_in(mail, "html")
        return str(link)

    async def get(self, path: str, language: str = "en") -> tuple[int, str]:
        async with self.session.get(path, headers={"Accept-Language": language}) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            return answer.status, await answer.text()

    async def press(self, path: str, language: str = "en") -> tuple[int, str]:
        async with self.session.post(path, headers={"Accept-Language": language}) as answer:
            return answer.status, await answer.text()

    def is_confirmed(self) -> bool:
        (contact,) = contacts.listed(self.office.desk.billing, self.office.owner).contacts
        return contact.confirmed


@pytest.fixture
async def page(desk: Desk, far_side: FarSide, box: Box, mailer: SmtpMailer) -> AsyncIterator[Page]:
    office = office_of(desk, box, mailer)
    settings = far_side.knows_the_bot().model_copy(update={"public_url": "https://billing.example.com"})
    async with (
        serving(Server(office.desk.billing, settings).asgi, 0) as url,
        ClientSession(url) as session,
    ):
        yield Page(office, session, url)


@pytest.mark.parametrize(
    ("language", "asks", "button", "done", "used"),
    [
        (
            "en",
            f"{STUDIO} was chosen to get the billing mail of Piazza: receipts.",
            "<button>Confirm this address</button>",
            f"From now on {STUDIO} gets the billing mail of Piazza.",
            USED,
        ),
        (
            "it-IT",
            f"{STUDIO} è stato indicato per ricevere le e-mail di fatturazione di Piazza: ricevute.",
            "<button>Conferma l’indirizzo</button>",
            f"D’ora in poi {STUDIO} riceve le e-mail di fatturazione di Piazza.",
            "Questo link non è utilizzabile",
        ),
    ],
)
async def test_looking_confirms_nothing_and_the_button_does_so_once(
    page: Page,
    language: str,
    asks: str,
    button: str,
    done: str,
    used: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    await asyncio.to_thread(page.add)
    path = await asyncio.to_thread(page.path_in_mail)
    for _ in range(2):  # the mail server that looks where it leads, then the reader
        status, shown = await page.get(path, language)
        assert (status, asks in shown, button in shown) == (200, True, True)
    async with page.session.head(path) as answer:
        assert answer.status == 200
    assert not await asyncio.to_thread(page.is_confirmed)
    status, shown = await page.press(path, language)
    assert (status, done in shown, "<button>" in shown) == (200, True, False)
    assert await asyncio.to_thread(page.is_confirmed)
    for status, shown in (await page.press(path, language), await page.get(path, language)):
        assert (status, used in shown) == (404, True)
    code = path.rpartition("/")[2]
    assert code not in "".join(capfd.readouterr())
    (entry,) = page.office.desk.audit("contact.confirm")
    assert (entry.user_id, entry.via, entry.after) == ("", "link", {"contact": STUDIO, "kinds": "receipts"})
    said = str(audit_log(await asyncio.to_thread(_log, page), words(language[:2])))
    assert {"en": "by the link in the email", "it-IT": "con il link dell’e-mail"}[language] in said
    assert await asyncio.to_thread(verify, page.office.desk.billing) == ()


def _log(page: Page) -> AuditPage:
    return audit.listed(page.office.desk.billing, page.office.owner, page.office.shop.id)


async def test_two_presses_at_once_confirm_it_once(page: Page) -> None:
    await asyncio.to_thread(page.add)
    path = await asyncio.to_thread(page.path_in_mail)
    answers = await asyncio.gather(*(page.press(path) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 404, 404, 404]
    assert len(page.office.desk.audit("contact.confirm")) == 1


async def test_a_link_that_is_old_or_replaced_or_whose_contact_is_gone_confirms_nobody(page: Page) -> None:
    contact_id = await asyncio.to_thread(page.add)
    billing, place = page.office.desk.billing, (page.office.shop.id, contact_id)
    first = await asyncio.to_thread(page.path_in_mail)
    page.office.desk.turn(days=8)
    for status, shown in (await page.get(first), await page.press(first)):
        assert (status, USED in shown) == (404, True)
    await asyncio.to_thread(
        contacts.change, billing, page.office.owner, *place, [ContactKind.CONTRACT_CHANGES]
    )
    second = await asyncio.to_thread(page.path_in_mail)
    assert (await page.press(first))[0] == 404
    assert "contract changes" in (await page.get(second))[1]
    kinds = list(ContactKind)
    await asyncio.to_thread(contacts.add, billing, page.office.owner, page.office.shop.id, "UANNA", "", kinds)
    await asyncio.to_thread(contacts.remove, billing, page.office.owner, *place)
    assert (await page.press(second))[0] == 404


async def test_a_link_of_a_property_that_was_deleted_confirms_nobody(page: Page) -> None:
    await asyncio.to_thread(page.add)
    path = await asyncio.to_thread(page.path_in_mail)
    billing, shop = page.office.desk.billing, page.office.shop.id
    await asyncio.to_thread(properties.delete, billing, page.office.owner, shop)
    for status, shown in (await page.get(path), await page.press(path)):
        assert (status, USED in shown) == (404, True)
    assert page.office.desk.audit("contact.confirm") == []


async def test_what_is_no_link_gets_one_answer_and_so_many_that_nobody_tries_on(page: Page) -> None:
    await asyncio.to_thread(page.add)
    path = await asyncio.to_thread(page.path_in_mail)
    workspace, contact, code = path.split("/")[2:]
    wrong = [
        f"/contacts/{workspace}/{contact}/{code[::-1]}",
        f"/contacts/{workspace}/con_OTHER/{code}",
        f"/contacts/T0002/{contact}/{code}",
        f"/contacts/{workspace}/{contact}/%00",
        f"/contacts/{workspace}/{contact}/{'x' * 5000}",
        f"/contacts/{workspace}/{contact}/%C3%A8",
    ]
    answers = [await page.press(one) for one in wrong]
    assert {status for status, _ in answers} == {404}
    assert len({shown for _, shown in answers}) == 1
    for _ in range(MAX_ASKED - len(wrong)):
        await page.get(wrong[0])
    status, shown = await page.press(path)
    assert (status, "Wait a minute, then try again." in shown) == (429, True)
    assert not await asyncio.to_thread(page.is_confirmed)


async def test_books_on_hold_confirm_nobody_and_say_so(page: Page) -> None:
    await asyncio.to_thread(page.add)
    path = await asyncio.to_thread(page.path_in_mail)
    page.office.desk.billing.held.set()
    status, shown = await page.press(path)
    assert (status, "Nothing was changed." in shown) == (503, True)
    assert not await asyncio.to_thread(page.is_confirmed)


def test_without_an_address_for_browsers_the_mail_has_the_code_alone(
    desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    office = office_of(desk, box, mailer)
    contacts.add(office.desk.billing, office.owner, office.shop.id, "", STUDIO, [ContactKind.RECEIPTS])
    assert office.deliver() == 1
    assert "comunicare questo codice entro 7 giorni" in text_in(box.taken[0])
    assert "http" not in text_in(box.taken[0])
