"""The audit log as its readers see it: who, when, what, before and after, refused tries too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.services import audit, members, properties, subscriptions
from billing.values.actors import Role
from billing.values.refusals import NotAllowed
from tests.billing.desk import Desk


def test_it_says_who_did_what_to_whom_and_what_was_there_before_and_after(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    desk.clock.now += timedelta(minutes=1)
    members.set_role(desk.billing, owner, piazza.id, "UADMIN", Role.AGENT)
    (newest, *_) = audit.listed(desk.billing, owner, piazza.id).lines
    assert (newest.user_id, newest.act, newest.at) == ("UOWNER", "member.set_role", desk.clock.now)
    assert newest.details == (("role", "admin", "agent"),)
    assert (newest.member_id, newest.subject, newest.refused_as) == ("UADMIN", None, None)


def test_a_subscription_is_called_by_its_name_and_a_refused_try_by_what_refused_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    accountant = desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    plan = desk.buy(owner, piazza)
    desk.clock.now += timedelta(minutes=1)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now += timedelta(minutes=1)
    with pytest.raises(NotAllowed):
        subscriptions.undo_cancellation(desk.billing, accountant, plan.id)
    tried, cancelled = audit.listed(desk.billing, accountant).lines[:2]
    assert (tried.user_id, tried.refused_as) == ("UACCOUNTANT", "NotAllowed")
    assert (cancelled.subject, cancelled.details) == ("Live Chat Basic", (("reason", "", "Too dear"),))


def test_each_property_has_its_own_and_a_page_beyond_the_last_is_the_last(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    for number in range(20):
        properties.announce_in(desk.billing, owner, piazza.id, f"C{number}")
    page = audit.listed(desk.billing, owner, piazza.id, page=99)
    assert (page.page, page.pages, page.count) == (3, 3, 22)
    assert page.lines[-1].act == "property.create"
    assert audit.listed(desk.billing, owner, corso.id).count == 2
