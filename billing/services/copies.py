"""A copy of the books charges nobody: it is known by what the gateway has of ours that these books have not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from billing.models import AdoptedPayment, GatewayLook, Hold
from billing.models.payments import PaymentState
from billing.ports import GatewayPayment
from billing.queries import copies as queries
from billing.queries.in_sql import insert_once
from billing.queries.slices import slices
from billing.values.errors import Unfit
from billing.values.holds import HoldReason, WhyHeld
from billing.values.refusals import OnHold
from billing.work import Billing, Work

# A little more than the gateway's clock and ours can be apart, and than a payment takes to be collected.
LEEWAY = timedelta(hours=1)
# The gateway's moments are whole seconds, and what was made at once need not be listed at once.
MARGIN = timedelta(minutes=1)
# Books without any payment were made or restored just now.
NO_PAYMENTS = timedelta(days=30)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Look:
    """What the gateway collected that these books have not, and up to when, by its clock, it was looked for."""

    unknown: tuple[GatewayPayment, ...]
    up_to: datetime


def look(billing: Billing) -> Look:
    """What the gateway collected for workspaces of these books, after the newest payment in them, that they have not.

    Nothing for books that are no copy of others that lived on, or that took over what those collected. What was
    looked through before is not asked for again. Raises GatewayUnavailable.
    """
    with billing.read("copy.newest") as work:
        since = up_to = _not_looked_through(work, billing.gateway.name)
    unknown: list[GatewayPayment] = []
    for some in slices(billing.gateway.collected_since(since)):
        with billing.read("copy.known") as work:
            unknown += _unknown_among(work, some)
        up_to = max(up_to, *(one.made_at for one in some))
    return Look(tuple(unknown), up_to)


def _not_looked_through(work: Work, gateway: str) -> datetime:
    """From when on."""
    newest = work.session.scalars(queries.newest_payment()).one()
    looked = work.session.scalars(queries.looked_up_to(), {"gateway": gateway}).first()
    of_both = [newest - LEEWAY if newest else work.now - NO_PAYMENTS]
    if looked:
        of_both.append(looked - MARGIN)
    return max(of_both)


def _unknown_among(work: Work, theirs: Sequence[GatewayPayment]) -> list[GatewayPayment]:
    """What is open in these books has what the gateway calls it before it moves money: by another name others did."""
    keys = {one.id: _our_key(one) for one in theirs if one.payment_key}
    ours = _known_workspaces(work, {workspace for workspace, _ in keys.values()})
    among = {"keys": sorted({key for key in keys.values() if key[0] in ours})}
    adopted = {(row[0], row[1]) for row in work.session.execute(queries.adopted_among(), among)}
    booked = {(row[0], row[1]): row[2:] for row in work.session.execute(queries.payments_among(), among)}

    def is_known(one: GatewayPayment) -> bool:
        key = keys[one.id]
        if key in adopted or key[0] not in ours:
            return True
        state, gateway_id = booked.get(key, (PaymentState.OPEN, None))
        return state is not PaymentState.OPEN or gateway_id == one.id

    return [one for one in theirs if one.id in keys and not is_known(one)]


def hold(billing: Billing, why: str, reason: HoldReason = HoldReason.OPERATOR) -> None:
    """Nothing is done with these books from now on, by any process, until they are resumed.

    `why` is the operator's own words, or what the reason names.
    """
    said = str(WhyHeld(reason, why))
    with billing.work("copy.hold") as work:
        row = {"gateway": billing.gateway.name, "since": work.now, "reason": reason, "why": why}
        if insert_once(work.session, Hold, row):
            work.record("desk.hold", after={"reason": said[:200]})
    billing.held.set()
    log.error("nothing is done with these books: python -m billing resume says more", why=said)


def prove(billing: Billing) -> None:
    """Puts these books on hold if they are a copy of others that lived on. Raises GatewayUnavailable."""
    found = look(billing)
    if found.unknown:
        hold(billing, str(len(found.unknown)), HoldReason.AHEAD)
    else:
        _looked(billing, found.up_to)


def _looked(billing: Billing, up_to: datetime) -> None:
    gateway = billing.gateway.name
    with billing.work("copy.looked") as work:
        if not insert_once(work.session, GatewayLook, {"gateway": gateway, "up_to": up_to}):
            work.session.execute(queries.look_further(), {"of": gateway, "to": up_to})


def held_why(billing: Billing) -> WhyHeld | None:
    """Why nothing is done with these books; None where they are at work. What this process does follows that."""
    with billing.read("copy.held") as work:
        found = work.session.scalars(queries.holds()).first()
    if found:
        billing.held.set()
    else:
        billing.held.clear()
    return WhyHeld(found.reason, found.why) if found else None


def note(billing: Billing) -> Unfit | None:
    """What whoever runs these books should know while nothing is done with them."""
    if (why := held_why(billing)) is None:
        return None
    return Unfit(
        "The books are on hold: nothing is issued, charged or sent until python -m billing resume. Why: {why}",
        why=Unfit(why.sentence, value=why.value),
    )


def refuse_if_held(billing: Billing) -> None:
    """Raises OnHold while nothing may be done with these books."""
    if held_why(billing):
        raise OnHold


def resume(billing: Billing) -> int:
    """Takes over what the gateway collected, so that none of it is collected again, and ends the hold; how many.

    What is open here takes its money now. A renewal has the same payment id in every copy of the books, and takes it
    when it comes. What none takes was paid for what these books do not know: a difference that `reconcile` names.

    Raises GatewayUnavailable.
    """
    unknown = look(billing).unknown
    with billing.work("copy.resume") as work:
        _adopt(work, unknown)
        work.session.execute(queries.take_over())
        for found in work.session.scalars(queries.holds()):
            work.session.delete(found)
        work.record("desk.resume", after={"payments": len(unknown)})
    billing.held.clear()
    return len(unknown)


def _adopt(work: Work, unknown: Iterable[GatewayPayment]) -> None:
    for one in unknown:
        workspace_id, payment_id = _our_key(one)
        row = {"workspace_id": workspace_id, "payment_id": payment_id, "gateway_id": one.id}
        insert_once(work.session, AdoptedPayment, row | {"adopted_at": work.now})


def _our_key(one: GatewayPayment) -> tuple[str, str]:
    workspace_id, _, payment_id = (one.payment_key or "").partition("-")
    return workspace_id, payment_id


def _known_workspaces(work: Work, ids: set[str]) -> set[str]:
    return set(work.session.scalars(queries.workspaces_among(), {"ids": sorted(ids)}))
