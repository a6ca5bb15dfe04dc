"""VIES: every answer it gives over the wire, and what the desk does with it before and after a reverse charge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from stdnum.eu import vat
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters.vies import ViesRest
from billing.bootstrap import vies_of
from billing.proving import vies_fault
from billing.rate_limits import RateLimit
from billing.services import changes, listings, members, profiles, properties, purchases, transfers, vies
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.services.vies import SILENCES
from billing.settings import BillingSettings
from billing.values.actors import Role
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.errors import BadFields, Fault
from billing.values.refusals import NotAllowed, VatNumberInvalid
from billing.values.snapshots import SubscriptionSnapshot
from billing.values.vies import VatState, ViesMisconfigured, ViesUnavailable
from sandbox.vies import PretendVies
from tests.billing.desk import MILANO, WORKSPACE, Desk
from tests.vies import AWAY, FRENCH, INVALID, REQUESTER, VALID, asking, running_vies

BERLIN = BillingAddress("Beispiel GmbH", "Hauptstraße 1", "Berlin", "DE", "10115")
DAY = timedelta(days=1)
LIVE = {
    "payment_gateway": "stripe",
    "stripe_api_key": "sk_test_1",
    "stripe_webhook_secret": "whsec_1",
    "seller_name": "Venditore S.p.A.",
    "seller_address": "Via Roma 1; 20121 Milano",
    "seller_vat_number": "IT01234560017",
}


@pytest.fixture(scope="module")
def far_side() -> Iterator[tuple[PretendVies, str]]:
    pretend = PretendVies()
    with running_vies(pretend) as url:
        yield pretend, url


@pytest.fixture
def pretend(far_side: tuple[PretendVies, str]) -> PretendVies:
    far_side[0].says.clear()
    far_side[0].asked.clear()
    return far_side[0]


@pytest.fixture
def url(far_side: tuple[PretendVies, str]) -> str:
    return far_side[1]


@pytest.fixture
def asks(at_desk: Desk, pretend: PretendVies, url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("VIES", "on")
    monkeypatch.setenv("VIES_URL", url)
    return asking(at_desk, url)


def buy(
    desk: Desk, number: str, name: str = "Piazza", what: str = "live-chat/basic/month"
) -> SubscriptionSnapshot:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner, name), what)
    bought = replace(order, address=BERLIN, company=Company("Beispiel GmbH", number))
    return purchases.purchase(desk.billing, owner, bought, key=desk.key()).subscription


def typed(number: str, legal_name: str = "Beispiel GmbH") -> dict[str, str]:
    return {**BERLIN.as_dict(), "legal_name": legal_name, "vat_number": number}


def changes_profile(desk: Desk, property_id: str, number: str) -> None:
    seen = profiles.look_at(desk.billing, desk.owner(), property_id).seen
    profiles.change(desk.billing, desk.owner(), property_id, typed(number), seen)


def number_of(desk: Desk, number: str) -> Any:
    """Its row: state, consultation, the moment of the next question."""
    found = {one.number: one for one in vies.listed(desk.billing)}
    return found[number]


def rejections(desk: Desk) -> list[str]:
    """Who was told that a number is not valid."""
    told = desk.rows("SELECT address FROM outbox WHERE kind = 'VatNumberRejected' ORDER BY address")
    return [row.address for row in told]


def run(*command: str) -> Result:
    return CliRunner().invoke(program, ["vies", *command])


# The wire.


def test_an_answer_has_its_consultation_number_and_what_the_member_state_tells(
    pretend: PretendVies, url: str
) -> None:
    rest = ViesRest(url, REQUESTER)
    german, french = rest.check(VALID), rest.check(FRENCH)
    assert (german.is_valid, german.consultation, german.name, german.address) == (
        True,
        "WAPI000000000001",
        "",
        "",
    )
    assert (french.name, french.address) == ("EXEMPLE SARL", "1 RUE DE LA PAIX\n75002 PARIS")
    assert pretend.asked[0] == {
        "countryCode": "DE",
        "vatNumber": "136695976",
        "requesterMemberStateCode": "IT",
        "requesterNumber": "00743110157",
    }
    refused = rest.check(INVALID)
    assert (refused.is_valid, refused.consultation) == (False, "WAPI000000000003")
    assert rest.check("EL094259216").is_valid


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("MS_UNAVAILABLE", "MS_UNAVAILABLE"),
        ("SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"),
        ("TIMEOUT", "TIMEOUT"),
        ("GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ"),
        ("MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ"),
        ("down", "HTTP 503"),
        ("garbled", "HTTP 200"),
        ("other", "another answer than was asked for"),
    ],
)
def test_whatever_is_no_plain_answer_is_none(pretend: PretendVies, url: str, word: str, reason: str) -> None:
    pretend.says[VALID] = word
    with pytest.raises(ViesUnavailable) as silent:
        ViesRest(url, REQUESTER).check(VALID)
    assert (silent.value.reason, type(silent.value)) == (reason, ViesUnavailable)


@pytest.mark.parametrize("word", ["INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED"])
def test_a_question_that_vies_refuses_says_nothing_of_the_number(
    pretend: PretendVies, url: str, word: str
) -> None:
    pretend.says[VALID] = word
    with pytest.raises(ViesMisconfigured, match=word):
        ViesRest(url, REQUESTER).check(VALID)


def test_a_slow_answer_and_a_closed_port_are_silence(pretend: PretendVies, url: str) -> None:
    pretend.says[VALID], pretend.slow_seconds = "slow", 0.5
    with pytest.raises(ViesUnavailable) as slow:
        ViesRest(url, REQUESTER, seconds=0.1).check(VALID)
    assert slow.value.reason == "ReadTimeoutError"
    with pytest.raises(ViesUnavailable) as nobody:
        ViesRest("http://127.0.0.1:9", REQUESTER).check(VALID)
    assert nobody.value.reason == "NewConnectionError"


# The desk.


def test_a_number_is_asked_about_once_the_purchase_is_done_and_the_answer_is_kept_for_good(
    asks: Desk, pretend: PretendVies
) -> None:
    plan = buy(asks, VALID)
    assert (asks.charged(), pretend.asked) == ([1000], [])
    assert number_of(asks, VALID).state is VatState.UNVERIFIED

    asks.turn(seconds=1)
    known = number_of(asks, VALID)
    assert (known.state, known.consultation) == (VatState.VALID, "WAPI000000000001")
    (kept,) = asks.rows("SELECT * FROM vat_consultations")
    assert (kept.number, kept.requester, bool(kept.is_valid), kept.consultation) == (
        VALID,
        REQUESTER,
        True,
        "WAPI000000000001",
    )
    (entry,) = asks.audit("vat_number.check")
    assert (entry.property_id, entry.via, entry.after) == (
        plan.property_id,
        "schedule",
        {"vat_number": VALID, "state": "valid", "consultation": "WAPI000000000001"},
    )
    with pytest.raises(DBAPIError, match="only grows"):
        asks.execute("UPDATE vat_consultations SET consultation = ''")
    assert "consultation" not in json.dumps(asks.invoices()[0].document)
    assert verify(asks.billing) == ()


def test_a_fresh_answer_is_not_asked_for_again_and_an_old_one_is_three_days_before_a_renewal(
    asks: Desk, pretend: PretendVies
) -> None:
    plan = buy(asks, VALID, what="live-chat/basic/year")
    asks.turn(seconds=1)
    buy(asks, VALID, "Other", "live-chat/basic/year")
    asks.turn(days=29)
    assert len(pretend.asked) == 1
    asks.turn(days=2)  # due by its age: put off until it is relied on
    assert len(pretend.asked) == 1
    assert number_of(asks, VALID).next_at == plan.period_end_at - 3 * DAY
    asks.turn_to(plan.period_end_at - 3 * DAY)
    assert len(pretend.asked) == 2
    asks.turn_to(plan.period_end_at)
    assert [one.document["taxes"][0]["note"] for one in asks.invoices()] == ["reverse_charge"] * 3


def test_who_relies_on_an_old_answer_has_it_asked_again(asks: Desk, pretend: PretendVies) -> None:
    buy(asks, VALID, what="live-chat/basic/year")
    asks.turn(seconds=1)
    asks.turn(days=40)
    assert len(pretend.asked) == 1
    buy(asks, VALID, "Other")
    asks.turn(seconds=1)
    assert len(pretend.asked) == 2


def test_a_member_state_that_is_away_holds_nothing_up_and_is_asked_again_with_longer_waits(
    asks: Desk, pretend: PretendVies
) -> None:
    plan = buy(asks, AWAY)
    asks.turn(seconds=1)
    began = asks.clock.now
    known = number_of(asks, AWAY)
    assert (known.state, known.trouble, known.silent_since) == (
        VatState.UNVERIFIED,
        "MS_UNAVAILABLE",
        began,
    )
    waits = list[timedelta]()
    for _ in range(8):
        due: datetime = number_of(asks, AWAY).next_at
        waits.append(due - asks.clock.now)
        asks.turn_to(due - timedelta(seconds=1))
        asks.turn_to(due)
    assert len(pretend.asked) == 9
    assert (waits[0], waits == sorted(waits), max(waits) <= timedelta(hours=1)) == (
        timedelta(minutes=1),
        True,
        True,
    )
    asks.turn_to(plan.period_end_at)
    assert len(asks.invoices()) == 2  # renewed all the same

    pretend.says[AWAY] = "valid"
    asks.turn(hours=1)
    known = number_of(asks, AWAY)
    assert (known.state, known.silent_since, known.trouble) == (VatState.VALID, None, "")
    assert rejections(asks) == []


def test_a_number_that_turns_out_invalid_is_told_once_and_changes_no_invoice(
    asks: Desk, pretend: PretendVies
) -> None:
    plan = buy(asks, AWAY)
    admin = asks.person("UADMIN", "Anna Bianchi")
    members.set_role(asks.billing, asks.owner(), plan.property_id, admin.user_id, Role.ADMIN)
    asks.turn(seconds=1)
    before = [(one.number, one.document_hash) for one in asks.invoices()]
    pretend.says[AWAY] = "invalid"
    asks.turn(minutes=2)
    assert number_of(asks, AWAY).state is VatState.INVALID
    assert rejections(asks) == ["UADMIN", "UOWNER"]
    for _ in range(3):
        asks.turn(days=1)
    assert rejections(asks) == ["UADMIN", "UOWNER"]
    assert [(one.number, one.document_hash) for one in asks.invoices()] == before

    # What runs is renewed; what would be sold anew is not.
    asks.turn_to(plan.period_end_at)
    assert len(asks.invoices()) == 2
    with pytest.raises(VatNumberInvalid):
        buy(asks, AWAY, "Other")
    other = asks.property_of(asks.owner(), "Fourth")
    with pytest.raises(VatNumberInvalid):
        changes_profile(asks, other.id, AWAY)

    pretend.says[AWAY] = "valid"  # registered at last
    asks.turn(days=1)
    assert number_of(asks, AWAY).state is VatState.VALID
    buy(asks, AWAY, "Third")
    assert verify(asks.billing) == ()


def test_a_number_that_turned_out_invalid_refuses_every_change_of_plan_and_a_transfer_to_it(
    asks: Desk, pretend: PretendVies
) -> None:
    owner = asks.owner()
    at_once, later, trial = (
        buy(asks, AWAY, name, what)
        for name, what in (
            ("Piazza", "live-chat/basic/month"),
            ("Second", "ai-assist/growth/month"),
            ("Third", "knowledge-base/standard/month"),
        )
    )
    elsewhere = asks.subscribed(owner, asks.property_of(owner, "Fourth"), "ai-bot", "small")
    asks.turn(seconds=1)
    pretend.says[AWAY] = "invalid"
    asks.turn(minutes=2)
    before = asks.everything(but=("audit_entries",))
    for plan, to in ((at_once, "pro"), (later, "enterprise"), (trial, "plus")):
        for ask in (changes.preview_change, partial(changes.change, key=asks.key())):
            with pytest.raises(VatNumberInvalid):
                ask(asks.billing, owner, plan.id, PlanSelection(to, Interval.MONTH))
    for move in (transfers.preview_transfer, transfers.transfer):
        with pytest.raises(VatNumberInvalid):
            move(asks.billing, owner, elsewhere.id, at_once.property_id)
    assert asks.everything(but=("audit_entries",)) == before


def test_who_types_a_number_is_answered_at_once_where_vies_does_and_taken_where_it_is_silent(
    asks: Desk, pretend: PretendVies
) -> None:
    owner = asks.owner()
    prop = asks.property_of(owner)

    def wants(number: str, address: BillingAddress = BERLIN) -> str | None:
        company = Company("Beispiel GmbH", number)
        return vies.number_to_ask(asks.billing, owner, prop.id, address, company)

    london = BillingAddress("Example Ltd", "1 High Street", "London", "GB", "SW1A 1AA")
    assert wants(VALID) == VALID
    assert [wants("IT00743110157", MILANO), wants("GB980780684", london), wants("")] == [None, None, None]

    assert vies.ask(asks.billing, owner, prop.id, AWAY) is VatState.UNVERIFIED
    assert vies.listed(asks.billing) == ()  # nothing stands on it yet
    assert vies.ask(asks.billing, owner, prop.id, INVALID) is VatState.INVALID
    with pytest.raises(VatNumberInvalid):
        changes_profile(asks, prop.id, INVALID)
    (entry,) = asks.audit("vat_number.check")
    assert (entry.property_id, entry.user_id) == (prop.id, "UOWNER")
    assert entry.after == {"vat_number": INVALID, "state": "invalid", "consultation": "WAPI000000000002"}

    # What is known is not asked again, but for an invalid number, which may have been registered.
    assert wants(INVALID) is None
    asks.turn(minutes=2)
    assert wants(INVALID) == INVALID
    assert vies.ask(asks.billing, owner, prop.id, VALID) is VatState.VALID
    assert wants(VALID) is None
    changes_profile(asks, prop.id, VALID)
    asks.turn(days=31)
    assert wants(VALID) == VALID
    # Nobody buys under either: VIES is left alone.
    assert [one.next_at for one in vies.listed(asks.billing)] == [None, None]
    assert [question["vatNumber"] for question in pretend.asked] == [
        AWAY[2:],
        INVALID[2:],
        VALID[2:],
    ]


def test_so_many_numbers_of_one_workspace_are_asked_about_in_a_minute_and_no_other_one_waits(
    asks: Desk, pretend: PretendVies
) -> None:
    seconds = iter([0.0, 1.0, 2.0, 3.0, 59.9, 59.9, 60.1])
    limited = replace(asks.billing, vies_questions=RateLimit(2, 60, lambda: next(seconds)))
    owner, company = asks.owner(), Company("Beispiel GmbH", VALID)
    prop = asks.property_of(owner)
    properties.register_workspace(asks.billing, "TOTHER", "Altra", "it")
    other = asks.person("UOTHER", workspace_id="TOTHER")
    theirs = asks.property_of(other, "Bottega")

    def wants() -> str | None:
        return vies.number_to_ask(limited, owner, prop.id, BERLIN, company)

    assert [wants(), wants()] == [VALID, VALID]
    for _ in range(2):
        with pytest.raises(BadFields) as refused:
            wants()
        assert refused.value.faults == {"vat_number": Fault("too_many_questions")}
        assert vies.number_to_ask(limited, other, theirs.id, BERLIN, company) == VALID
    assert wants() == VALID


def test_only_who_may_change_the_billing_has_a_number_asked_about(asks: Desk, pretend: PretendVies) -> None:
    owner = asks.owner()
    prop = asks.property_of(owner)
    accountant = asks.member(owner, prop, "UACCOUNT", Role.ACCOUNTANT)
    with pytest.raises(NotAllowed):
        vies.ask(asks.billing, accountant, prop.id, VALID)
    assert pretend.asked == []


def test_numbers_of_before_are_found_and_those_of_the_sellers_country_left(
    asks: Desk, pretend: PretendVies
) -> None:
    buy(asks, VALID)
    asks.execute("DELETE FROM vat_numbers")
    owner = asks.owner()
    order = asks.order(owner, asks.property_of(owner, "Italia"))
    bought = replace(order, company=Company("Esempio S.r.l.", "IT00743110157"))
    purchases.purchase(asks.billing, owner, bought, key=asks.key())
    asks.turn(seconds=1)
    assert [one.number for one in vies.listed(asks.billing)] == [VALID]
    assert len(pretend.asked) == 1


def test_a_subscription_that_cannot_be_read_keeps_no_other_number_from_being_found(
    asks: Desk, pretend: PretendVies
) -> None:
    bad = buy(asks, AWAY, "Piazza")
    buy(asks, VALID, "Corso")
    asks.execute("DELETE FROM vat_numbers")
    asks.execute("UPDATE subscriptions SET address = '{\"planet\": 4}' WHERE id = :s", s=bad.id)
    asks.turn(seconds=1)
    assert [one.number for one in vies.listed(asks.billing)] == [VALID]


def test_a_member_state_that_is_away_keeps_no_other_one_waiting(asks: Desk, pretend: PretendVies) -> None:
    german = (f"DE{number}" for number in range(301_000_000, 301_000_100))
    away = [number for number in german if vat.is_valid(number)][: SILENCES + 1]
    for number in away:
        buy(asks, number, number)
    owner = asks.owner()
    order = asks.order(owner, asks.property_of(owner, "Boutique"))
    paris = BillingAddress("Exemple SARL", "1 rue de la Paix", "Paris", "FR", "75002")
    bought = replace(order, address=paris, company=Company("Exemple SARL", FRENCH))
    purchases.purchase(asks.billing, owner, bought, key=asks.key())
    asks.turn(seconds=1)
    assert [question["vatNumber"] for question in pretend.asked] == [away[0][2:], FRENCH[2:]]
    assert {one.number: (one.state, one.trouble) for one in vies.listed(asks.billing)} == {
        **dict.fromkeys(away, (VatState.UNVERIFIED, "MS_UNAVAILABLE")),
        FRENCH: (VatState.VALID, ""),
    }
    asks.turn(minutes=2)
    assert len(pretend.asked) == 3


def test_without_vies_nobody_is_asked_and_nothing_is_refused(at_desk: Desk, pretend: PretendVies) -> None:
    buy(at_desk, INVALID)
    at_desk.turn(days=40)
    assert (len(at_desk.invoices()), pretend.asked) == (2, [])
    (known,) = vies.listed(at_desk.billing)
    assert known.state is VatState.UNVERIFIED


def test_the_operator_lists_numbers_and_has_one_asked_about(asks: Desk, pretend: PretendVies) -> None:
    assert run("list").output == "No reverse charge stands on a VAT number.\n"
    buy(asks, AWAY)
    asks.turn(seconds=1)
    said = run("list", "--language", "it").output
    assert said == (
        f"{WORKSPACE}  {AWAY}  non ancora verificata  nessuna risposta dal 2026-01-31 09:30 UTC (MS_UNAVAILABLE)"
        "  prossima verifica il 2026-01-31 09:31 UTC\n"
    )
    pretend.says[AWAY] = "valid"
    ended = run("check", AWAY.lower())
    assert (ended.exit_code, ended.output) == (
        0,
        f"{AWAY} is valid.\nConsultation number: WAPI000000000002\nThe answer is kept.\n",
    )
    (known,) = json.loads(run("list", "--json").stdout)
    assert (known["number"], known["state"], known["consultation"]) == (AWAY, "valid", "WAPI000000000002")

    ended = run("check", INVALID)
    assert (ended.exit_code, ended.output.splitlines()[0]) == (1, f"{INVALID} is not valid.")
    assert "the answer is not kept" in ended.output
    found = json.loads(run("check", FRENCH, "--json").stdout)
    assert (found["name"], found["is_valid"], found["kept_in"]) == ("EXEMPLE SARL", True, 0)
    pretend.says[FRENCH] = "MS_UNAVAILABLE"
    silent = run("check", FRENCH)
    assert (silent.exit_code, silent.stderr) == (1, "VIES gives no answer: MS_UNAVAILABLE.\n")
    wrong = run("check", "DE1")
    assert (wrong.exit_code, wrong.output) == (
        1,
        "VIES was not asked: 'DE1' is not a VAT number of the EU, like DE136695976.\n",
    )


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, False),
        ({"vies": "on"}, True),
        (LIVE, True),
        (LIVE | {"vies": "off"}, False),
        (LIVE | {"seller_country": "US", "seller_vat_number": "12-3456789"}, False),
    ],
)
def test_by_itself_vies_is_asked_where_money_is_real_and_the_seller_in_the_union(
    given: dict[str, Any], asks: bool
) -> None:
    settings = BillingSettings(**given)
    assert (settings.asks_vies, vies_of(settings) is not None) == (asks, asks)


def test_a_seller_outside_the_union_cannot_turn_it_on() -> None:
    with pytest.raises(ValidationError, match="VIES is asked by sellers in the EU, and SELLER_COUNTRY is US"):
        BillingSettings(seller_country="US", seller_vat_number="12-3456789", vies="on")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("valid", None),
        ("invalid", "VIES does not know SELLER_VAT_NUMBER=IT00743110157: have the tax office register it"),
        (
            "INVALID_REQUESTER_INFO",
            "VIES refuses the question (INVALID_REQUESTER_INFO): correct SELLER_VAT_NUMBER",
        ),
        ("MS_UNAVAILABLE", "VIES_URL: VIES gives no answer (MS_UNAVAILABLE); VAT numbers stay unverified"),
    ],
)
def test_check_asks_about_the_sellers_own_number(
    pretend: PretendVies, url: str, word: str, said: str | None
) -> None:
    pretend.says[REQUESTER] = word
    fault = vies_fault(BillingSettings(vies="on", vies_url=url))
    assert (fault is None) if said is None else str(fault).startswith(said)
    assert vies_fault(BillingSettings()) is None
    assert len(pretend.asked) == 1


def test_the_product_sees_what_vies_said_of_the_profiles_number(asks: Desk, pretend: PretendVies) -> None:
    def validation() -> Any:
        (customer,) = listings.listed(asks.billing, "customer", listings.Wanted(10))
        return customer["vat_validation"]

    prop = asks.property_of(asks.owner())
    assert validation() is None
    changes_profile(asks, prop.id, VALID)
    assert validation() == {"number": VALID, "status": "unverified", "asked_at": None, "consultation": None}
    asks.turn(seconds=1)
    assert validation() == {
        "number": VALID,
        "status": "valid",
        "asked_at": "2026-01-31T09:30:01.000000+00:00",
        "consultation": "WAPI000000000001",
    }
