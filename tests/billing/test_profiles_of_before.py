"""The migration to billing profiles: what most share is the property's, and nobody is billed to anybody else."""

from __future__ import annotations

from dataclasses import replace

from alembic import command
from alembic.config import Config

from billing.adapters import database
from billing.services import addresses, subscriptions
from tests.billing.desk import MILANO, Desk

BEFORE = "0042"


def test_what_most_share_is_the_profile_and_the_others_keep_their_own(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso, nobody = (desk.property_of(owner, name) for name in ("Piazza", "Corso", "Vuota"))
    plans = ("live-chat/basic/month", "ai-assist/growth/month", "ai-bot/small/month")
    bought = [desk.buy(owner, piazza, plan) for plan in plans]
    other = replace(MILANO, name="Altra S.r.l.")
    for one, address in zip(bought, (MILANO, MILANO, other), strict=True):
        addresses.change(desk.billing, owner, one.id, address, desk.plan(one.id).version)
    lone = desk.buy(owner, corso, plans[0])
    before = desk.rows("SELECT id, address, company FROM subscriptions ORDER BY id")
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = desk.billing.engine
    command.downgrade(config, BEFORE)
    database.migrate(desk.billing.engine)
    assert desk.rows("SELECT id, address, company FROM subscriptions ORDER BY id") == before
    own = {
        row.id: bool(row.has_own_buyer) for row in desk.rows("SELECT id, has_own_buyer FROM subscriptions")
    }
    assert [own[one.id] for one in bought] == [False, False, True]
    assert own[lone.id] is (subscriptions.look_at(desk.billing, owner, lone.id).address is None)
    profiles = {
        row.id: row.billing_address for row in desk.rows("SELECT id, billing_address FROM properties")
    }
    assert MILANO.name in str(profiles[piazza.id])
    assert other.name not in str(profiles[piazza.id])
    assert profiles[nobody.id] is None
