"""Downloads: the papers of a month, quarter or year are asked for, made by a worker, and delivered once."""

from __future__ import annotations

from datetime import timedelta

from billing.models import Download, Property
from billing.models.base import new_id
from billing.models.downloads import DownloadState
from billing.queries import downloads as queries
from billing.queries.in_sql import insert_once
from billing.services.download_files import refuse_if_empty
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.refusals import NoSuchSpan, NothingInSpan
from billing.values.snapshots import DownloadChoices, DownloadSnapshot
from billing.values.spans import Span
from billing.work import Billing, Work

MAX_WAIT, MAX_TRIES = timedelta(minutes=5), 12


def choices(billing: Billing, actor: Actor) -> DownloadChoices:
    """The days of which the property that the actor has chosen has documents or payments.

    Raises NoProperty, NotAllowed, NothingInSpan.
    """
    with billing.read("download.choices") as work:
        prop, role = work.property_as_reader(actor)
        issued = work.session.execute(queries.days_of_documents(), prop.key).one()
        paid = work.session.execute(queries.moments_of_money(), prop.key).one()
        days = [day for day in issued if day] + [local_date(at, prop.time_zone) for at in paid if at]
        if not days:
            raise NothingInSpan(prop.name)
        return DownloadChoices(prop.snapshot(role), min(days), max(days))


def look_at(billing: Billing, actor: Actor, written: str, property_id: str | None = None) -> Span:
    """Whether there are papers of "2026-03", "2026-Q1" or "2026": raises what `ask` raises."""
    with billing.read("download.ask") as work:
        return _wanted(work, actor, written, property_id)[1]


def ask(billing: Billing, actor: Actor, written: str, property_id: str | None = None) -> DownloadSnapshot:
    """The papers of that span, of that property or of the one that the actor has chosen.

    What is being made for them already is not made twice. Raises NoSuchSpan, NothingInSpan, NoProperty, NotFound,
    NotAllowed.
    """
    with billing.work("download.ask") as work:
        prop, span = _wanted(work, actor, written, property_id)
        asked = prop.key | {"requested_by": actor.user_id, "span": str(span)}
        new = {"id": (id_ := new_id("dl")), "state": DownloadState.OPEN, "requested_at": work.now}
        is_new = insert_once(work.session, Download, asked | new)
        row = work.session.scalars(queries.open_download(), asked).first()
        if row is None:  # the other one was delivered just now
            is_new = insert_once(work.session, Download, asked | new)
            row = work.session.scalars(queries.open_download(), asked).one()
        if is_new:
            work.record("download.ask", id_, after={"span": str(span)})
        return _snapshot(row, prop.name, is_new=is_new)


def _wanted(work: Work, actor: Actor, written: str, property_id: str | None) -> tuple[Property, Span]:
    prop, _ = work.property_as_reader(actor, property_id)
    try:
        span = Span.read(written)
    except ValueError:
        raise NoSuchSpan(written) from None
    refuse_if_empty(work, prop, span)
    return prop, span


def claim(billing: Billing) -> DownloadSnapshot | None:
    """Takes the one that has waited longest, for so long that who works on it has to say that they still do.

    Of a workspace nobody takes a second one meanwhile.
    """
    if billing.held.is_set():
        return None
    with billing.read(
        "download.due"
    ) as work:  # nearly always: no lock is taken to find out that there is none
        if work.session.scalar(queries.due()) is None:
            return None
    with billing.work("download.claim") as work:
        found = work.session.execute(queries.claim()).first()
        if found is None:
            return None
        row, name = work.session.execute(queries.claimed(), dict(found._mapping)).one()
        return _snapshot(row, name)


def hold_on(billing: Billing, one: DownloadSnapshot) -> None:
    """Whoever works on it still does."""
    with billing.work("download.hold") as work:
        work.session.execute(queries.hold_on(), _key(one))


def posted(billing: Billing, one: DownloadSnapshot, message_ref: str) -> None:
    """The message that says how far it is stands there: whatever happens now, there is no second one."""
    with billing.work("download.posted") as work:
        _row(work, one).message_ref = message_ref


def delivered(billing: Billing, one: DownloadSnapshot, files: int) -> None:
    """They have it."""
    _decide(billing, one, DownloadState.DELIVERED, "", {"files": files})


def refused(billing: Billing, one: DownloadSnapshot, why: str) -> None:
    """They were told why they do not get it; what their role does not allow stands in the audit log already."""
    _decide(billing, one, DownloadState.REFUSED, why, None)


def failed(billing: Billing, one: DownloadSnapshot, error: str, retry_after: float | None = None) -> bool:
    """It is tried again after `retry_after` seconds, or a wait that doubles; answers whether it was given up."""
    if one.tries >= MAX_TRIES:
        give_up(billing, one, error)
        return True
    wait = min(timedelta(seconds=2**one.tries), MAX_WAIT)
    if retry_after is not None:
        wait = timedelta(seconds=retry_after)
    with billing.work("download.failed") as work:
        _row(work, one).last_error = error[:300]
        work.session.flush()
        work.session.execute(queries.due_again(wait), _key(one))
    return False


def give_up(billing: Billing, one: DownloadSnapshot, error: str) -> None:
    """It cannot be delivered, by no waiting."""
    _decide(billing, one, DownloadState.FAILED, error, {"reason": error[:80]})


def _decide(
    billing: Billing, one: DownloadSnapshot, state: DownloadState, error: str, after: dict[str, object] | None
) -> None:
    with billing.work("download.decide") as work:
        row = _row(work, one)
        row.state, row.decided_at, row.claimed_until = state, work.now, None
        row.last_error = error[:300] or row.last_error
        if after is not None:
            work.actor, work.property_id = Actor(one.workspace_id, one.requested_by), one.property_id
            work.record(
                "download.deliver" if state is DownloadState.DELIVERED else "download.fail",
                one.id,
                after={"span": str(one.span), **after},
            )


def _row(work: Work, one: DownloadSnapshot) -> Download:
    return work.session.get_one(Download, (one.workspace_id, one.id), with_for_update=True)


def _key(one: DownloadSnapshot) -> dict[str, str]:
    return {"of_workspace": one.workspace_id, "of_id": one.id}


def _snapshot(row: Download, property_name: str, *, is_new: bool = False) -> DownloadSnapshot:
    return DownloadSnapshot(
        row.workspace_id,
        row.id,
        row.property_id,
        property_name,
        row.requested_by,
        Span.read(row.span),
        row.requested_at,
        row.message_ref,
        row.tries,
        is_new,
    )
