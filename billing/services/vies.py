"""VIES before a reverse charge: asked with no transaction open, kept with its consultation number, asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from stdnum.eu import vat

from billing.invoicing.parties import Party, buyer_of
from billing.models import Property, Subscription, VatConsultation, VatNumber
from billing.models.base import new_id
from billing.ports import Vies
from billing.queries import vat_numbers as queries
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.renewals.single import DueReport
from billing.services.copies import held_why
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault, TaxCaseUnknown, Unfit
from billing.values.events import VatNumberRejected
from billing.values.polling import poll_after_silence
from billing.values.vies import (
    BEFORE_RENEWAL,
    GOOD_FOR,
    INVALID_AGAIN,
    MEMBER_STATES,
    VatNumberSnapshot,
    VatState,
    ViesAnswer,
    ViesUnavailable,
)
from billing.vat_numbers import note_number
from billing.work import Billing, Work

AT_A_TIME = 100
# After so many silences, one after the other, the rest waits for the next run: each may take seconds.
SILENCES = 3
# How VIES's words begin for that the register of one member state is away: those of others answer.
OF_MEMBER_STATE = "MS_"
# Who types the same number again in that time is answered from what is known.
JUST_ASKED = timedelta(minutes=1)
log = structlog.get_logger()


def number_to_ask(
    billing: Billing, actor: Actor, property_id: str, address: BillingAddress, company: Company | None
) -> str | None:
    """The VAT number by which invoices to that company would be without VAT, where VIES must be asked about it first.

    None where nobody is asked: the setting is off, another VAT holds, or the last answer is fresh. Raises NotFound,
    NotAllowed, and BadFields where their workspace had so many asked about just now: VIES shuts out who asks for all.
    """
    if billing.vies is None or company is None or not company.vat_number:
        return None
    with billing.read("vat_number.look") as work:
        work.property_as_admin(actor, property_id)
        try:
            treatment = work.drafter.treatment_of(buyer_of(address, company, "", ""))
        except TaxCaseUnknown:
            return None  # which the act itself says
        if treatment.note != "reverse_charge":
            return None
        known = work.session.get(VatNumber, (actor.workspace_id, company.vat_number))
        if known is not None and known.asked_at is not None:
            is_just_asked = work.now - known.asked_at <= JUST_ASKED
            if known.is_good(work.now) or is_just_asked:
                return None
    if not billing.vies_questions.allows(actor.workspace_id):
        raise BadFields({"vat_number": Fault("too_many_questions")})
    return company.vat_number


def ask(billing: Billing, actor: Actor, property_id: str, number: str) -> VatState:
    """Asks VIES about a number that somebody typed, and keeps a definite answer; unverified where there was none.

    Raises NotFound, NotAllowed.
    """
    with billing.read("vat_number.look") as work:
        work.property_as_admin(actor, property_id)
    if billing.vies is None:
        return VatState.UNVERIFIED
    try:
        answer = billing.vies.check(number)
    except ViesUnavailable:
        # Noted with the act that is done all the same, and asked about by the schedule.
        return VatState.UNVERIFIED
    with billing.work("vat_number.check") as work:
        work.property_as_admin(actor, property_id)
        note_number(work.session, actor.workspace_id, number, work.now)
        row = _held(work, actor.workspace_id, number)
        _keep(work, row, answer)
        return row.state


def check(billing: Billing, written: str) -> tuple[ViesAnswer, int]:
    """Asks VIES about a number now, for the operator; in how many workspaces it is used, where the answer is kept.

    Raises Unfit where the setting is off and for what is no number, and ViesUnavailable.
    """
    if billing.vies is None:
        raise Unfit("it is off: set VIES=on")
    number = "".join(written.split()).upper()
    number = f"EL{number[2:]}" if number.startswith("GR") else number
    if not vat.is_valid(number):
        raise Unfit("{written} is not a VAT number of the EU, like DE136695976", written=repr(written))
    answer = billing.vies.check(number)
    with billing.read("vat_number.look") as work:
        workspaces = work.session.scalars(queries.workspaces_with(), {"number": number}).all()
    for workspace_id in workspaces:
        with billing.work("vat_number.check") as work:
            _keep(work, _held(work, workspace_id, number), answer)
    return answer, len(workspaces)


def listed(billing: Billing) -> tuple[VatNumberSnapshot, ...]:
    """All numbers that a reverse charge stood on, in all workspaces, those that are valid last."""
    with billing.read("vat_number.list") as work:
        return tuple(number.snapshot(last) for number, last in work.session.execute(queries.listed()))


def run(billing: Billing) -> DueReport:
    """Asks about all numbers that are due, unless these books are on hold."""
    if billing.vies is not None and not held_why(billing):
        ask_due(billing, billing.vies)
    return DueReport()


def discover(billing: Billing) -> DueReport:
    """Notes the numbers of living subscriptions in no row yet: imported, or bought before anybody was asked."""
    if billing.vies is None or held_why(billing):
        return DueReport()
    left = 0
    with billing.work("vat_number.discover") as work:
        states = {"states": sorted(MEMBER_STATES - {work.issuer.seller.vat_number[:2]})}
        for workspace_id, subscription_id in work.session.execute(queries.unknown(), states).all():
            try:
                number = _relied_on(work, workspace_id, subscription_id)
            except Exception:  # whatever it is, it is logged, and the other numbers are noted (promise 9)
                log.exception("a VAT number could not be looked at", subscription=subscription_id)
                left += 1
                continue
            if number:
                note_number(work.session, workspace_id, number, work.now)
    return DueReport(left=left)


def _relied_on(work: Work, workspace_id: str, subscription_id: str) -> str:
    """The number by which the next invoice of the subscription is without VAT; empty where it is not."""
    key = (workspace_id, subscription_id)
    buyer = Party.of(work.session.get_one(Subscription, key, options=WHOLE_SUBSCRIPTION)).buyer
    try:
        treatment = work.drafter.treatment_of(buyer)
    except TaxCaseUnknown:
        return ""  # which its renewal says
    return buyer.vat_number if treatment.note == "reverse_charge" else ""


def ask_due(billing: Billing, vies: Vies) -> int:
    """Asks VIES about all numbers that are due, one after the other; answers how many it answered.

    Of a member state whose register is away no other number is asked about in the same run, and all others are.
    """
    with billing.read("vat_number.due") as work:
        due = work.session.execute(queries.due(), {"now": work.now, "size": AT_A_TIME}).all()
    answered = silences = 0
    away: dict[str, str] = {}
    for workspace_id, number in due:
        if billing.stopping.is_set() or silences == SILENCES:
            break
        if not _is_to_be_asked(billing, workspace_id, number):
            continue
        state = number[:2]
        if state in away:
            _note_silence(billing, workspace_id, number, away[state])
            continue
        trouble = _ask_one(billing, vies, workspace_id, number)
        if trouble is None:
            answered, silences = answered + 1, 0
        elif trouble.startswith(OF_MEMBER_STATE):
            away[state] = trouble
        else:
            silences += 1
    return answered


def _is_to_be_asked(billing: Billing, workspace_id: str, number: str) -> bool:
    """What nobody uses any more is left; a valid number waits until shortly before it is relied on again."""
    with billing.work("vat_number.plan") as work:
        row = _held(work, workspace_id, number)
        if row.poll_at is None or row.poll_at > work.now:
            return False  # another run was quicker
        if row.state is VatState.UNVERIFIED:
            return True  # somebody has just relied on it
        renews = [at for _, at in _users(work, workspace_id, number)]
        if not renews:
            row.poll_at = None
            return False
        if row.state is VatState.VALID and (at := min(renews) - BEFORE_RENEWAL) > work.now:
            row.poll_at = at
            return False
        return True


def _ask_one(billing: Billing, vies: Vies, workspace_id: str, number: str) -> str | None:
    """Why there was no answer; None where it is kept."""
    try:
        answer = vies.check(number)
    except ViesUnavailable as trouble:
        _note_silence(billing, workspace_id, number, trouble.reason)
        return trouble.reason
    with billing.work("vat_number.check") as work:
        work.actor = Actor(workspace_id, "", "schedule")
        _keep(work, _held(work, workspace_id, number), answer)
    return None


def _note_silence(billing: Billing, workspace_id: str, number: str, why: str) -> None:
    with billing.work("vat_number.silence") as work:
        row = _held(work, workspace_id, number)
        row.silent_since = row.silent_since or work.now
        row.trouble = why[:80]
        poll_after_silence(row, row.silent_since, work.now)


def _keep(work: Work, row: VatNumber, answer: ViesAnswer) -> None:
    """The answer as it came, for good, and what follows: whoever uses a number that is valid no more is told once."""
    before = row.state
    row.state = VatState.VALID if answer.is_valid else VatState.INVALID
    row.asked_at, row.consultation = work.now, answer.consultation
    row.silent_since, row.trouble, row.polls = None, "", 0
    users = _users(work, row.workspace_id, row.number)
    row.poll_at = work.now + (GOOD_FOR if answer.is_valid else INVALID_AGAIN)
    work.session.add(
        VatConsultation(
            workspace_id=row.workspace_id,
            id=new_id("vat"),
            number=row.number,
            requester=answer.requester,
            asked_at=work.now,
            is_valid=answer.is_valid,
            consultation=answer.consultation,
            name=answer.name,
            address=answer.address,
            said=answer.said,
        )
    )
    _record(work, row, before, users)
    if answer.is_valid or before is VatState.INVALID:
        return
    for prop, _ in users:
        log.error("a VAT number in use is not valid", workspace=row.workspace_id, property=prop.id)
        event = VatNumberRejected(prop.id, prop.name, prop.time_zone, number=row.number)
        work.tell_admins(event, prop)


def _record(work: Work, row: VatNumber, before: VatState, users: list[tuple[Property, datetime]]) -> None:
    """In the audit log of each property that uses it; of whoever typed it in theirs."""
    typed_in = work.property_id
    work.actor = work.actor or Actor(row.workspace_id, "", "operator")
    after = {"vat_number": row.number, "state": str(row.state), "consultation": row.consultation}
    for property_id in dict.fromkeys([typed_in, *(prop.id for prop, _ in users)]):
        if property_id is not None:
            work.property_id = property_id
            work.record("vat_number.check", row.number, {"state": str(before)}, after)
    work.property_id = typed_in


def _users(work: Work, workspace_id: str, number: str) -> list[tuple[Property, datetime]]:
    found = work.session.execute(queries.used_by(), {"workspace_id": workspace_id, "number": number})
    return [(row.Property, row.renews_at) for row in found]


def _held(work: Work, workspace_id: str, number: str) -> VatNumber:
    return work.session.get_one(
        VatNumber, (workspace_id, number), with_for_update=True, populate_existing=True
    )
