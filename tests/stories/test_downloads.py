"""Downloads: what is asked for by a word or in a form comes as one file in the direct messages."""

from __future__ import annotations

import asyncio
import csv
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest

from billing.values.actors import Role
from sandbox.demo import ANNA, EMMA, GIULIA
from tests.stories.conversation import Conversation, Person, Seen, text_of
from tests.stories.records import give_role, rows

DEMO_YEAR = "SELECT MIN(issued_on) FROM invoices"


def year_of(slack: Conversation) -> str:
    return str(rows(slack.session.billing, DEMO_YEAR)[0][0])[:4]


async def receives_archive(person: Person, message: Seen) -> ZipFile:
    (reply,) = await person.conversation.thread_of(message, 1)
    (file,) = reply["files"]
    assert file["name"].endswith(".zip")
    return ZipFile(BytesIO(await person.downloads(file)))


async def told(person: Person, words: str) -> Seen:
    """The direct message with these words; there is no other but what stands in its thread."""

    def found(state: Seen) -> Seen | None:
        return next((m for m in state["messages"] if words in m["text"]), None)

    message: Seen = await person.conversation.until(found)
    own = await person.direct_messages(1)
    assert [m["ts"] for m in own if m.get("thread_ts") in (None, m["ts"])] == [message["ts"]]
    return message


async def failed_once(slack: Conversation) -> None:
    failed = "SELECT 1 FROM downloads WHERE last_error IS NOT NULL"
    await slack.becomes(lambda: rows(slack.session.billing, failed))


@pytest.mark.product(46, languages="en")
async def test_an_accountant_gets_everything_of_a_year_in_one_file(demo_slack: Conversation) -> None:
    anna, year = demo_slack.as_person(ANNA), year_of(demo_slack)
    await anna.types(f"/billing download {year}")
    await anna.reads(f"Preparing the billing documents of Piazza for {year}.")
    message = await told(anna, f"The billing documents of Piazza for {year} are in this thread.")
    with await receives_archive(anna, message) as archive:
        listed = csv.DictReader(StringIO(archive.read("documents.csv").decode("utf-8-sig"), newline=""))
        found = list(listed)
        assert {f"invoices/{row['Number']}.pdf" for row in found} <= set(archive.namelist())
    issued = rows(
        demo_slack.session.billing,
        "SELECT i.number, i.total_minor FROM invoices i JOIN properties p ON p.id = i.property_id"
        " WHERE p.name = 'Piazza' AND CAST(i.issued_on AS TEXT) LIKE :year ORDER BY i.sequence",
        year=f"{year}-%",
    )
    assert sorted((row["Number"], Decimal(row["Total"]) * 100) for row in found) == sorted(issued)
    total = sum(minor for _, minor in issued)
    assert f"{len(issued)} invoices: €{total / 100:.2f}" in text_of(message)


@pytest.mark.product(46, languages="it")
async def test_without_a_word_a_form_asks_which_time_and_twice_is_once(italian_slack: Conversation) -> None:
    giulia, year = italian_slack.as_person(GIULIA), year_of(italian_slack)
    form = await giulia.opens("/billing scarica", "Tutte le fatture")
    answer = await giulia.submits(form, span=f"{year}-Q4")
    assert not answer.get("errors"), answer
    message = await told(giulia, f"(T4 {year}) sono in questo thread")
    with await receives_archive(giulia, message) as archive:
        assert {"documenti.csv", "pagamenti.csv", f"{year}-Q4.xlsx"} <= set(archive.namelist())


async def test_asked_for_often_it_comes_once(demo_slack: Conversation) -> None:
    emma, year = demo_slack.as_person(EMMA), year_of(demo_slack)
    await asyncio.gather(*(emma.types(f"/billing download {year}") for _ in range(5)))
    await told(emma, f"for {year} are in this thread")
    billing, delivered = (
        demo_slack.session.billing,
        "SELECT 1 FROM audit_entries WHERE act = 'download.deliver'",
    )
    # That is written once it is told.
    await demo_slack.becomes(lambda: rows(billing, delivered))
    ((asked,),) = rows(billing, "SELECT COUNT(*) FROM downloads")
    assert len(rows(billing, delivered)) == asked == len(demo_slack.calls("files.completeUploadExternal"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("march", "“march” isn't a month, quarter or year. Nothing was prepared."),
        ("1999-Q2", "Piazza has no invoices, credit notes or payments in Q2 1999. Nothing was prepared."),
    ],
)
async def test_what_cannot_be_downloaded_is_said(demo_slack: Conversation, typed: str, said: str) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing download {typed}")
    await emma.reads(said)
    assert rows(demo_slack.session.billing, "SELECT 1 FROM downloads") == []


async def test_who_lost_their_role_is_told_so_in_the_place_of_the_file(demo_slack: Conversation) -> None:
    anna, year = demo_slack.as_person(ANNA), year_of(demo_slack)
    await demo_slack.slack_fails("chat.postMessage", "500")
    await anna.types(f"/billing download {year}")
    await anna.reads("Preparing the billing documents")
    await failed_once(demo_slack)
    give_role(demo_slack.session.billing, ANNA, "Piazza", Role.AGENT)
    demo_slack.lets_it_try_again()
    await told(anna, "Only accountants, admins and owners")
    assert not demo_slack.calls("files.completeUploadExternal")


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("files.completeUploadExternal", "lost"),
        ("chat.postMessage", "lost"),
        ("chat.update", "500"),
        ("chat.update", "429"),
    ],
)
async def test_an_answer_of_slacks_that_was_lost_makes_no_second_message_or_file(
    demo_slack: Conversation, method: str, kind: str
) -> None:
    anna, year = demo_slack.as_person(ANNA), year_of(demo_slack)
    await demo_slack.slack_fails(method, kind)
    await anna.types(f"/billing download {year}")
    await failed_once(demo_slack)
    demo_slack.lets_it_try_again()
    message = await told(anna, f"for {year} are in this thread")
    assert len(await demo_slack.thread_of(message, 1)) == 1


@pytest.mark.parametrize("method", ["files.completeUploadExternal", "files.getUploadURLExternal"])
async def test_a_file_for_which_slack_has_no_room_yet_waits_and_is_not_made_anew(
    demo_slack: Conversation, method: str
) -> None:
    anna, year = demo_slack.as_person(ANNA), year_of(demo_slack)
    await demo_slack.slack_fails(method, "429")
    await anna.types(f"/billing download {year}")
    message = await told(anna, f"for {year} are in this thread")
    assert len(await demo_slack.thread_of(message, 1)) == 1
    tried = rows(demo_slack.session.billing, "SELECT tries, last_error FROM downloads")
    assert [tuple(row) for row in tried] == [(1, None)]


async def test_who_cannot_be_written_to_is_told_where_they_asked(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await demo_slack.slack_fails("conversations.open", "user_not_found")
    await anna.types(f"/billing download {year_of(demo_slack)}")
    await anna.reads("Slack doesn't let the app write to you directly")
    assert rows(demo_slack.session.billing, "SELECT 1 FROM downloads") == []
