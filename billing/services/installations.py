"""Where the desk is installed: kept with its tokens encrypted, put to sleep, woken, and given new tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

import structlog

from billing.models import InstalledApp, InstallState
from billing.ports import CipherFault
from billing.queries import installations as queries
from billing.services.properties import write_workspace
from billing.values.actors import Actor
from billing.values.events import AppInstalled
from billing.values.installations import Installation, Tokens
from billing.work import Billing, Work

STATE_FOR = timedelta(minutes=10)
# So long what is to be said waits for who uninstalled the desk and installs it again.
SLEEPERS_FOR = timedelta(days=30)
# Tokens are replaced so long before their end, so that one who clicks at that moment is served.
REFRESH_BEFORE = timedelta(hours=2)
# Longer than the chat takes to answer.
REFRESH_HOLD = timedelta(seconds=60)
VIA_INSTALL = "install"
log = structlog.get_logger()


def keep(billing: Billing, one: Installation) -> None:
    """The desk was installed, for the first time or anew: what waited to be said there is said."""
    with billing.work("workspace.install") as work:
        row = _row(work, one.account_id) or InstalledApp(account_id=one.account_id)
        is_first, is_woken = row.installed_at is None, row.asleep_since is not None
        _write(billing, row, one)
        row.asleep_since, row.refreshing_until, row.changed_at = None, None, work.now
        if is_first or is_woken or one.tokens:
            row.installed_by, row.installed_at = one.installed_by, work.now
        work.session.add(row)
        if one.workspace_id:
            write_workspace(work, one.workspace_id, one.name, one.language, one.organisation_id)
        work.session.flush()
        work.session.execute(queries.wake(), _reach(row) | {"now": None})
        if one.tokens:  # a token in the settings is nobody's act
            _record(work, row, "workspace.install", one.installed_by)
        if is_first and one.workspace_id and one.installed_by:
            work.tell_person(AppInstalled("", "", "UTC"), one.workspace_id, one.installed_by)


def enter(billing: Billing, account_id: str, workspace_id: str, name: str, language: str) -> None:
    """Somebody came from a workspace of an organisation that installed the desk; other processes learn of it, too."""
    with billing.work("workspace.register") as work:
        write_workspace(work, workspace_id, name, language, account_id)
        if row := _row(work, account_id):
            row.changed_at = work.now


def put_to_sleep(billing: Billing, account_id: str, at: datetime) -> bool:
    """The desk was uninstalled there: what is to be said waits, plans and mail go on. Whether that was news.

    `at` is the second in which it was, as the chat has it: of an installation after it this says nothing.
    """
    with billing.work("workspace.uninstall") as work:
        row = _row(work, account_id)
        if row is None or row.asleep_since is not None:
            return False
        if at < row.installed_at.replace(microsecond=0):
            log.info("it was installed again since it was uninstalled", account=account_id)
            return False
        row.asleep_since = row.changed_at = work.now
        row.access_token = row.refresh_token = row.expires_at = None
        over_it = _row(work, row.organisation_id) if row.workspace_id and row.organisation_id else None
        if over_it is None or over_it.asleep_since is not None:  # else the organisation's goes on serving it
            work.session.execute(queries.fall_asleep(), _reach(row) | {"now": work.now})
        _record(work, row, "workspace.uninstall", "")
        log.warning("the app was uninstalled: renewals and mail go on", account=account_id, name=row.name)
        return True


def changed_since(billing: Billing, moment: datetime) -> tuple[datetime, list[Installation]]:
    """The installations that changed from `moment` on, and the moment of the look.

    One whose tokens no key decrypts is left out, and logged.
    """
    with billing.read("installations.changed") as work:
        rows = work.session.scalars(queries.changed_since(), {"moment": moment}).all()
        read = (_readable(work, billing, row) for row in rows)
        return work.now, [one for one in read if one is not None]


def listed(billing: Billing) -> list[Installation]:
    """Every installation, without its tokens."""
    with billing.read("installations.list") as work:
        return [_snapshot(row, None) for row in work.session.scalars(queries.all_installed())]


def issue_state(billing: Billing) -> str:
    """What a browser must bring back within ten minutes, once."""
    state = token_urlsafe(32)
    with billing.work("installation.begin") as work:
        work.session.execute(queries.expired_states(), {"now": work.now})
        work.session.add(InstallState(digest=_digest(state), expires_at=work.now + STATE_FOR))
    return state


def consume_state(billing: Billing, state: str) -> bool:
    """Whether it was given out, is not over and was not brought back before."""
    with billing.work("installation.return") as work:
        found = work.session.execute(queries.consume_state(), {"digest": _digest(state), "now": work.now})
        return found.first() is not None


def record_failure(billing: Billing, why: str) -> None:
    """An installation was begun and refused; nothing was kept of it."""
    with billing.work("workspace.install") as work:
        work.actor = Actor("", "", VIA_INSTALL)
        work.record("workspace.install", refused_as=why[:60])


def to_refresh(billing: Billing) -> list[str]:
    """The accounts whose token ends soon."""
    with billing.read("installation.refresh") as work:
        return list(work.session.scalars(queries.to_refresh(), {"before": work.now + REFRESH_BEFORE}))


def claim_to_refresh(billing: Billing, account_id: str) -> str | None:
    """The refresh token, for this process alone for a minute; None where another process has it."""
    with billing.work("installation.refresh") as work:
        claim = queries.claim_to_refresh(REFRESH_HOLD)
        if not work.session.connection().execute(claim, {"of_account": account_id}).rowcount:
            return None
        row = _row(work, account_id)
        return billing.cipher.decrypt(row.refresh_token) if row and row.refresh_token else None


def keep_tokens(billing: Billing, account_id: str, tokens: Tokens, sent: str) -> None:
    """The chat gave new ones for the refresh token that was `sent`.

    Where that is the installation's no more, it was uninstalled or installed again meanwhile, and nothing is kept.
    """
    with billing.work("installation.refresh") as work:
        row = _row(work, account_id)
        if row and row.refresh_token and billing.cipher.decrypt(row.refresh_token) == sent:
            _encrypt(billing, row, tokens)
            row.refreshing_until, row.changed_at = None, work.now


def encrypt_anew(billing: Billing) -> int:
    """Encrypts by the newest key what an older one encrypted; answers how many installations. Raises CipherFault.

    Whose token a process is replacing right now is left to it: it writes the new one by its own newest key.
    """
    return sum(_encrypt_anew(billing, one.account_id) for one in listed(billing))


def _encrypt_anew(billing: Billing, account_id: str) -> bool:
    with billing.work("installation.encrypt") as work:
        row = _row(work, account_id)
        if row is None or row.access_token is None or billing.cipher.is_by_newest(row.access_token):
            return False
        if row.refreshing_until and work.now < row.refreshing_until:
            return False
        _encrypt(billing, row, _tokens(billing, row))
        return True


def drop_deliveries(billing: Billing) -> int:
    """What was to be said where the desk was uninstalled a month ago is not said any more; answers how much."""
    with billing.work("outbox.drop_of_sleepers") as work:
        since = {"before": work.now - SLEEPERS_FOR, "now": work.now}
        return work.session.connection().execute(queries.drop_of_sleepers(), since).rowcount


def _row(work: Work, account_id: str) -> InstalledApp | None:
    return work.session.scalars(queries.installation(), {"account_id": account_id}).one_or_none()


def _write(billing: Billing, row: InstalledApp, one: Installation) -> None:
    row.workspace_id, row.organisation_id = one.workspace_id, one.organisation_id
    row.name, row.language, row.bot_user_id = one.name[:100], one.language, one.bot_user_id
    row.scopes = " ".join(one.scopes)
    _encrypt(billing, row, one.tokens)


def _reach(row: InstalledApp) -> dict[str, str]:
    """Names the workspaces that the installation reaches; no workspace has an empty id."""
    return {
        "of_account": row.account_id,
        "of_workspace": row.workspace_id or "",
        "of_organisation": row.account_id if row.workspace_id is None else "",
    }


def _record(work: Work, row: InstalledApp, act: str, user_id: str) -> None:
    work.actor = Actor(row.workspace_id or row.account_id, user_id, VIA_INSTALL)
    work.record(act, after={"name": row.name})


def _encrypt(billing: Billing, row: InstalledApp, tokens: Tokens | None) -> None:
    cipher = billing.cipher
    row.access_token = cipher.encrypt(tokens.access) if tokens else None
    row.refresh_token = cipher.encrypt(tokens.refresh) if tokens and tokens.refresh else None
    row.expires_at = tokens.expires_at if tokens else None


def _tokens(billing: Billing, row: InstalledApp) -> Tokens | None:
    if row.access_token is None:
        return None
    refresh = billing.cipher.decrypt(row.refresh_token) if row.refresh_token else None
    return Tokens(billing.cipher.decrypt(row.access_token), refresh, row.expires_at)


def _readable(work: Work, billing: Billing, row: InstalledApp) -> Installation | None:
    try:
        one = _snapshot(row, _tokens(billing, row))
        if row.workspace_id is not None:
            return one
        of_it = {"organisation_id": row.account_id}
        entered = tuple(
            (id_, language) for id_, language in work.session.execute(queries.workspaces_of(), of_it)
        )
        return replace(one, entered=entered)
    except CipherFault as error:
        log.error("an installation cannot be served", account=row.account_id, why=str(error))
        return None


def _snapshot(row: InstalledApp, tokens: Tokens | None) -> Installation:
    return Installation(
        account_id=row.account_id,
        name=row.name,
        language=row.language,
        tokens=tokens,
        workspace_id=row.workspace_id,
        organisation_id=row.organisation_id,
        bot_user_id=row.bot_user_id,
        scopes=tuple(row.scopes.split()),
        installed_by=row.installed_by,
        is_asleep=row.asleep_since is not None,
    )


def _digest(state: str) -> str:
    return sha256(state.encode()).hexdigest()
