"""A VAT number of another country is checked with VIES while the person waits for it, and Slack does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing import Billing
from billing.adapters.vies import ViesRest
from billing.services.verify import verify
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA, GIULIA
from sandbox.vies import PretendVies
from tests.stories import conftest
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import rows
from tests.stories.test_buying_abroad import BERLIN, OFFER, bought, opened_in
from tests.vies import AWAY, INVALID, REQUESTER, VALID, running_vies


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
def desk_of_demo(
    furnished_sqlite: Path, tmp_path: Path, far_side: tuple[PretendVies, str]
) -> Iterator[tuple[Billing, TurnableClock]]:
    """The demo's desk, asking the pretend VIES."""
    for billing, clock in conftest.opened_demo(furnished_sqlite, tmp_path):
        yield replace(billing, vies=ViesRest(far_side[1], REQUESTER)), clock


async def test_an_invalid_number_brings_the_form_back_as_it_was_typed_and_a_valid_one_goes_on(
    demo_slack: Conversation, pretend: PretendVies
) -> None:
    opened_in(demo_slack, "DE")
    pretend.says[AWAY], pretend.says[VALID], pretend.slow_seconds = "invalid", "slow", 0.5
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    form = await emma.sees_modal("Billing details")
    await emma.submits(form, **BERLIN, country="DE", vat_number=INVALID)
    form = await emma.sees_modal(f"VIES, the EU's register, says {INVALID} isn't a valid VAT number")
    assert "Hauptstraße 1" in text_of(form)
    assert bought(demo_slack) == []
    # At once again it is answered from what is known, beside the field; another one has a sentence of its own.
    answer = await emma.submits(form, **BERLIN, country="DE", vat_number=INVALID)
    assert f"says {INVALID} isn't a valid VAT number" in answer["errors"]["vat_number"]
    await emma.submits(form, **BERLIN, country="DE", vat_number=AWAY)
    form = await emma.sees_modal(f"says {AWAY} isn't a valid VAT number")
    assert INVALID not in text_of(form)
    await emma.submits(form, **BERLIN, country="DE", vat_number=VALID)
    await emma.sees_modal(f"Checking {VALID} with VIES")
    question = await emma.sees_modal("Yes, buy it")
    assert f"VAT number {VALID}" in text_of(question)
    await emma.submits(question)
    await emma.sees_modal("is active")
    assert [(one["countryCode"], one["vatNumber"]) for one in pretend.asked] == [
        ("DE", INVALID[2:]),
        ("DE", AWAY[2:]),
        ("DE", VALID[2:]),
    ]
    kept = rows(demo_slack.session.billing, "SELECT number, is_valid FROM vat_consultations ORDER BY id")
    assert [(number, bool(is_valid)) for number, is_valid in kept] == [
        (INVALID, False),
        (AWAY, False),
        (VALID, True),
    ]
    assert verify(demo_slack.session.billing) == ()


async def test_in_italian_too(italian_slack: Conversation, pretend: PretendVies) -> None:
    opened_in(italian_slack, "DE", GIULIA)
    giulia = italian_slack.as_person(GIULIA)
    await giulia.submits(await giulia.opens("/billing acquista", "Video and Voice"), offer=OFFER)
    form = await giulia.sees_modal("Dati di fatturazione")
    await giulia.submits(form, **BERLIN, country="DE", vat_number=INVALID)
    await giulia.sees_modal(f"Per il VIES, il registro dell’UE, {INVALID} non è una partita IVA valida")


async def test_a_silent_member_state_refuses_nothing_and_who_turns_out_invalid_is_told(
    demo_slack: Conversation, pretend: PretendVies
) -> None:
    opened_in(demo_slack, "DE")
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    form = await emma.sees_modal("Billing details")
    await emma.submits(form, **BERLIN, country="DE", vat_number=VALID)
    await emma.submits(await emma.sees_modal("Yes, buy it"))
    await emma.sees_modal("is active")

    form = await emma.opens("/billing profile", "Save profile")
    await emma.submits(form, legal_name="Neu GmbH", vat_number=AWAY)
    saved = text_of(await emma.sees_modal("Billing profile of DE saved"))
    assert f"isn't answering, so {AWAY} isn't verified yet" in saved
    form = await emma.opens("/billing company", "Save company")
    await emma.submits(form, legal_name="Andere GmbH", vat_number=INVALID)
    form = await emma.sees_modal(f"says {INVALID} isn't a valid VAT number")
    assert "Andere GmbH" in text_of(form)
    await emma.submits(form, legal_name="Andere GmbH", vat_number=VALID)
    await emma.sees_modal("Company details of")
