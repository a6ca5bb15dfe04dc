"""Where the desk is installed: tokens as ciphertext, states that count once, sleepers whose messages wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from billing.adapters.ciphers import FernetCipher, new_key
from billing.bootstrap import cipher_of
from billing.ports import CipherFault
from billing.services import installations, outbox, properties, subscriptions
from billing.services.installations import SLEEPERS_FOR, STATE_FOR
from billing.services.verify import verify
from billing.values.installations import Installation, Tokens
from billing.work import Billing
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.waiting import once_it_waits

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
OLD, NEW = new_key(), new_key()
GRID = "E0GRID"
TWO_DAYS_AGO = {
    "sqlite": "UPDATE outbox SET queued_at = datetime('now', '-2 days')",
    "postgresql": "UPDATE outbox SET queued_at = now() - interval '2 days'",
}
OURS = f"SELECT * FROM installations WHERE account_id = '{WORKSPACE}'"


def with_keys(desk: Desk, *keys: str) -> Billing:
    return replace(desk.billing, cipher=cipher_of(keys))


def installed(
    account: str = WORKSPACE, token: str = "xoxb-secret", organisation: str | None = None
) -> Installation:
    is_organisation = account == organisation
    return Installation(
        account,
        "Esempio",
        "it",
        Tokens(token, "xoxe-secret", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        workspace_id=None if is_organisation else account,
        organisation_id=organisation,
        bot_user_id="UBOT",
        scopes=("chat:write", "commands"),
        installed_by="UOWNER",
    )


def known(billing: Billing) -> dict[str, Installation]:
    return {one.account_id: one for one in installations.changed_since(billing, LONG_AGO)[1]}


def waiting(desk: Desk) -> list[str]:
    return [row.kind for row in desk.rows("SELECT kind FROM outbox WHERE told_at IS NULL ORDER BY number")]


def test_an_installation_is_read_back_and_its_tokens_stand_nowhere(desk: Desk) -> None:
    billing = with_keys(desk, NEW)
    installations.keep(billing, installed())
    assert known(billing) == {WORKSPACE: installed()}
    (row,) = desk.rows(OURS)
    assert "secret" not in str(row)
    assert "secret" not in repr(known(billing))
    assert str(row.access_token).split(":")[0] in str(row.refresh_token)  # each names its key
    entries = desk.rows("SELECT user_id FROM audit_entries WHERE act = 'workspace.install'")
    assert [one.user_id for one in entries if one.user_id] == ["UOWNER"]


def test_older_keys_decrypt_and_a_command_encrypts_by_the_newest(desk: Desk) -> None:
    installations.keep(with_keys(desk, OLD), installed())
    both = with_keys(desk, NEW, OLD)
    assert known(both)[WORKSPACE].tokens == installed().tokens
    assert installations.encrypt_anew(both) == 1
    assert installations.encrypt_anew(both) == 0
    assert known(with_keys(desk, NEW))[WORKSPACE].tokens == installed().tokens


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_written_while_a_command_encrypts_anew_is_what_it_encrypts(desk: Desk) -> None:
    old, both = with_keys(desk, OLD), with_keys(desk, NEW, OLD)
    installations.keep(old, installed())
    fresh = {name: old.cipher.encrypt(f"xox{name[0]}-fresh") for name in ("access", "refresh")}
    with ThreadPoolExecutor(1) as pool:
        with desk.billing.engine.begin() as writing:
            written = text("UPDATE installations SET access_token = :access, refresh_token = :refresh")
            writing.execute(written, fresh)
            encrypting = once_it_waits(desk, pool.submit(installations.encrypt_anew, both))
        assert encrypting.result() == 1
    tokens = known(with_keys(desk, NEW))[WORKSPACE].tokens
    assert tokens is not None
    assert (tokens.access, tokens.refresh) == ("xoxa-fresh", "xoxr-fresh")


def test_a_token_that_is_being_replaced_is_left_to_who_replaces_it(desk: Desk) -> None:
    old, both = with_keys(desk, OLD), with_keys(desk, NEW, OLD)
    installations.keep(old, installed())
    sent = installations.claim_to_refresh(old, WORKSPACE)
    assert sent is not None
    assert installations.encrypt_anew(both) == 0
    fresh = Tokens("xoxb-fresh", "xoxe-fresh", desk.clock.now + timedelta(hours=12))
    installations.keep_tokens(old, WORKSPACE, fresh, sent)
    assert installations.encrypt_anew(both) == 1
    assert known(with_keys(desk, NEW))[WORKSPACE].tokens == fresh


def test_an_installation_that_no_key_decrypts_is_left_out_and_keeps_no_other(desk: Desk) -> None:
    installations.keep(with_keys(desk, OLD), installed())
    only_new = with_keys(desk, NEW)
    installations.keep(only_new, installed("T0002"))
    assert set(known(only_new)) == {"T0002"}
    with pytest.raises(CipherFault, match="lacks the key"):
        installations.encrypt_anew(only_new)
    assert set(known(with_keys(desk, OLD, NEW))) == {WORKSPACE, "T0002"}  # and nothing was lost by trying


def test_without_a_key_no_token_is_kept(desk: Desk) -> None:
    with pytest.raises(CipherFault):
        installations.keep(with_keys(desk), installed())
    assert desk.rows(OURS) == []


def test_a_text_that_was_altered_is_no_token(desk: Desk) -> None:
    cipher = FernetCipher([NEW])
    kept = cipher.encrypt("xoxb-secret")
    with pytest.raises(CipherFault, match="altered"):
        cipher.decrypt(f"{kept[:-6]}AAAAA=")


def test_a_state_counts_once_and_for_ten_minutes(desk: Desk) -> None:
    state, late = (installations.issue_state(desk.billing) for _ in range(2))
    assert installations.consume_state(desk.billing, state)
    assert not installations.consume_state(desk.billing, state)
    assert not installations.consume_state(desk.billing, "forged")
    desk.clock.now += STATE_FOR
    assert not installations.consume_state(desk.billing, late)
    installations.issue_state(desk.billing)
    assert len(desk.rows("SELECT * FROM install_states")) == 1  # those that are over are taken out
    assert state not in str(desk.rows("SELECT * FROM install_states"))


def test_where_it_was_uninstalled_plans_go_on_and_what_is_to_be_said_waits(desk: Desk) -> None:
    billing, owner = with_keys(desk, NEW), desk.owner()
    installations.keep(billing, installed())
    plan = desk.buy(owner, desk.property_of(owner), "remove-branding/standard/month")
    assert installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)
    assert not installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)  # Slack says it by two events
    desk.turn(days=31)
    assert subscriptions.look_at(billing, owner, plan.id).status == "active"
    assert len(desk.rows("SELECT * FROM invoices")) == 2
    untold = waiting(desk)
    assert untold
    assert outbox.claim(billing) == []
    desk.execute(TWO_DAYS_AGO[billing.engine.dialect.name])
    assert verify(billing) == ()  # to wait there is no fault
    (row,) = desk.rows(OURS)
    assert (row.access_token, row.refresh_token) == (None, None)  # they are worth nothing any more

    installations.keep(billing, installed(token="xoxb-other"))
    said = []
    while rows := outbox.claim(billing):
        said += [type(one.event).__name__ for one in rows]
        for one in rows:
            outbox.told(billing, one.number)
    assert sorted(said) == sorted(untold)


def test_of_two_events_of_one_uninstallation_the_later_one_takes_away_no_token_of_the_settings(
    desk: Desk,
) -> None:
    of_the_settings = replace(installed(), tokens=None, installed_by="")
    installations.keep(desk.billing, of_the_settings)
    desk.clock.now += timedelta(days=1)
    uninstalled_at = desk.clock.now
    assert installations.put_to_sleep(desk.billing, WORKSPACE, uninstalled_at)
    desk.clock.now += timedelta(minutes=5)
    installations.keep(desk.billing, of_the_settings)  # with another token, after a restart
    assert not installations.put_to_sleep(desk.billing, WORKSPACE, uninstalled_at)
    (one,) = installations.listed(desk.billing)
    assert not one.is_asleep


def test_what_waits_where_it_is_uninstalled_for_a_month_is_dropped(desk: Desk) -> None:
    billing, owner = with_keys(desk, NEW), desk.owner()
    installations.keep(billing, installed())
    desk.buy(owner, desk.property_of(owner), "remove-branding/standard/month")
    installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)
    desk.clock.now += SLEEPERS_FOR
    assert installations.drop_deliveries(billing) == 0
    desk.clock.now += timedelta(seconds=1)
    assert installations.drop_deliveries(billing) == len(desk.rows("SELECT * FROM outbox"))
    assert {row.last_error for row in desk.rows("SELECT last_error FROM outbox")} == {
        "the app was uninstalled"
    }


def test_an_organisation_reaches_its_workspaces_but_those_with_an_installation_of_their_own(
    desk: Desk,
) -> None:
    billing = with_keys(desk, NEW)
    installations.keep(billing, installed(GRID, organisation=GRID))
    installations.keep(billing, installed(WORKSPACE, organisation=GRID))
    properties.register_workspace(billing, "T0002", "Sister", "en", GRID)
    properties.register_workspace(billing, "T0003", "Stranger", "en")

    def asleep() -> set[str]:
        return {row.id for row in desk.rows("SELECT id FROM workspaces WHERE asleep_since IS NOT NULL")}

    installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)
    assert asleep() == set()  # the organisation's serves it
    installations.keep(billing, installed(WORKSPACE, organisation=GRID))
    installations.put_to_sleep(billing, GRID, desk.clock.now)
    assert asleep() == {"T0002"}
    installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)
    assert asleep() == {"T0002", WORKSPACE}
    installations.keep(billing, installed(GRID, organisation=GRID))
    assert asleep() == set()  # the organisation's serves them all


def test_one_process_replaces_a_token_and_the_other_leaves_it_alone(desk: Desk) -> None:
    billing = with_keys(desk, NEW)
    installations.keep(billing, installed())
    assert installations.to_refresh(billing) == []
    desk.clock.now += timedelta(hours=1)
    assert installations.to_refresh(billing) == [WORKSPACE]
    assert installations.claim_to_refresh(billing, WORKSPACE) == "xoxe-secret"
    assert installations.claim_to_refresh(billing, WORKSPACE) is None
    assert installations.to_refresh(billing) == []
    before = desk.clock.now
    fresh = Tokens("xoxb-fresh", "xoxe-fresh", before + timedelta(hours=12))
    installations.keep_tokens(billing, WORKSPACE, fresh, "xoxe-secret")
    assert installations.to_refresh(billing) == []
    (changed,) = installations.changed_since(billing, before)[1]
    assert changed.tokens == fresh


def test_what_a_refresh_brings_does_not_take_the_place_of_a_newer_installation(desk: Desk) -> None:
    billing = with_keys(desk, NEW)
    late = Tokens("xoxb-late", "xoxe-late", desk.clock.now + timedelta(hours=12))
    installations.keep(billing, installed())
    sent = installations.claim_to_refresh(billing, WORKSPACE)
    assert sent == "xoxe-secret"
    installations.put_to_sleep(billing, WORKSPACE, desk.clock.now)
    installations.keep_tokens(billing, WORKSPACE, late, sent)
    (row,) = desk.rows(OURS)
    assert (row.access_token, row.refresh_token) == (None, None)

    newer = Tokens("xoxb-newer", "xoxe-newer", desk.clock.now + timedelta(hours=12))
    installations.keep(billing, replace(installed(), tokens=newer))
    installations.keep_tokens(billing, WORKSPACE, late, sent)
    assert known(billing)[WORKSPACE].tokens == newer
    assert installations.claim_to_refresh(billing, WORKSPACE) == "xoxe-newer"
