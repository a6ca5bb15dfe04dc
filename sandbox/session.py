"""Billing, the bot and the pretend Slack in one process, joined by real HTTP on loopback."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import yaml
from pydantic import SecretStr

from billing import Billing
from billing.adapters.ciphers import FernetCipher, new_key
from billing.adapters.gateways.stripe import StripeGateway
from billing.bootstrap import posting
from billing.i18n import language_of
from billing.services import agenda, due_work, einvoice_editions, monthly_reports, sdi_post
from billing.values.snapshots import AgendaEntry
from bot.runner import in_thread
from bot.server import Server
from bot.settings import BotSettings, SlackMode, Support
from sandbox import demo
from sandbox.clock import TurnableClock, Upcoming
from sandbox.exchange import Exchange
from sandbox.federation import Federation
from sandbox.gateway.server import API_KEY, WEBHOOK_SECRET, PretendStripe
from sandbox.mailbox import Mailbox
from sandbox.neighbours import Neighbours, served
from sandbox.people import Team
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.workspace import App, Workspace

CLIENT_ID, CLIENT_SECRET = "10101.20202", "sandbox"
MAIL_FROM = "Venditore S.p.A. <fatture@venditore.example>"
MANIFEST = Path(__file__).parents[1] / "bot" / "manifest.yaml"
# Of the host that the manifest names.
PUBLIC_URL = "https://billing.example.com"
EVENTS = "/slack/events"
# What comes next, by the kind of the agenda's entry.
LABELS = {
    "en": {
        "renews": "{what} of {shop} renews",
        "ends": "{what} of {shop} ends",
        "changes": "{what} of {shop} changes as scheduled",
        "converts": "The trial of {what} of {shop} ends",
        "trial_ends": "The trial of {what} of {shop} ends, cancelled",
        "retries": "Next try for the past-due invoice of {what}, {shop}",
        "collects": "The renewal of {what} of {shop} is charged",
        "ends_unpaid": "{what} of {shop} ends unless its past-due invoice is paid",
    },
    "it": {
        "renews": "{what} di {shop} si rinnova",
        "ends": "{what} di {shop} termina",
        "changes": "{what} di {shop} cambia, come programmato",
        "converts": "La prova di {what} di {shop} finisce",
        "trial_ends": "La prova di {what} di {shop} finisce, disdetta",
        "retries": "Nuovo tentativo per la fattura scaduta di {what}, {shop}",
        "collects": "Viene addebitato il rinnovo di {what} di {shop}",
        "ends_unpaid": "{what} di {shop} termina se la fattura scaduta non viene pagata",
    },
}


@dataclass(frozen=True)
class Session:
    """A running sandbox with the bot in it."""

    sandbox: Sandbox
    billing: Billing
    server: Server
    clock: TurnableClock
    gateway: PretendStripe
    url: str
    post: Callable[[], int]
    post_to_sdi: Callable[[], int] | None = None


@cache
def billing_app() -> App:
    """The billing desk, as its manifest describes it."""
    return App.from_manifest(yaml.safe_load(MANIFEST.read_text(encoding="utf-8")))


def demo_workspace(team: Team, slack_mode: SlackMode = "http") -> Workspace:
    """The demo's people and channels in that workspace, with the billing desk in it."""
    app = replace(billing_app(), socket_mode=slack_mode == "socket")
    # People of its own: the page can change somebody's language or role.
    people = [replace(person) for person in demo.PEOPLE]
    channels = demo.channels(app.bot_user_id)
    if team.enterprise_id:  # in an organisation no two channels have one id
        channels = tuple(replace(one, id=f"{one.id}{team.id[-3:]}") for one in channels)
    return Workspace(team, app, people, channels, translations=demo.TRANSLATIONS)


def beside(team: Team, clock: TurnableClock, secret: str, turned: Callable[[], Awaitable[None]]) -> Sandbox:
    """Another workspace, with people like the demo's in it and nothing bought yet."""

    async def nothing() -> tuple[()]:
        return ()

    return Sandbox(
        demo_workspace(team),
        events_url="",
        signing_secret=secret,
        clock=clock,
        turned=turned,
        upcoming=nothing,
        public_url="",
    )


def settings_of(
    app: App, secret: str, api_url: str, support: Support, operators: demo.OperatorSettings, *, installs: bool
) -> BotSettings:
    """Those of the bot in that app; where it `installs`, other workspaces can have it too."""
    return BotSettings(
        public_url=PUBLIC_URL,
        slack_mode="socket" if app.socket_mode else "http",
        slack_bot_token=SecretStr(app.bot_token),
        slack_app_token=SecretStr(app.app_token if app.socket_mode else ""),
        slack_signing_secret=SecretStr("" if app.socket_mode else secret),
        slack_api_url=f"{api_url}/api/",
        slack_client_id=CLIENT_ID if installs else "",
        slack_client_secret=SecretStr(CLIENT_SECRET if installs else ""),
        support_channel=support.channel,
        support_chat_url=support.chat_url,
        support_call_url=support.call_url,
        community_url=support.community_url,
        operator_workspace_id=demo.TEAM.id,
        operator_ids=operators.ids,
        operator_approval_above=operators.approval_above,
    )


@asynccontextmanager
async def running_session(
    billing: Billing,
    clock: TurnableClock,
    team: Team = demo.TEAM,
    port: int = 0,
    support: Support = demo.SUPPORT,
    *,
    by_wire: bool = True,
    patience_seconds: float = 3,
    slack_mode: SlackMode = "http",
    others: Sequence[Team] = (),
    operators: demo.OperatorSettings = demo.OPERATORS,
) -> AsyncIterator[Session]:
    """Serves the sandbox on that port (0: a free one) and the bot on a free one, until the block is left.

    Other workspaces stand beside it, each with a page of its own; the app can be installed there.

    Payments go by wire to the pretend Stripe, or else to the gateway that billing has. Mail goes to the mailbox
    when `post` is called, e-invoices to the exchange system when `post_to_sdi` is, where the seller mails them.

    Slack waits three seconds for an answer; who shares a busy machine with a browser may say more.
    """
    workspace = demo_workspace(team, slack_mode)
    secret = secrets.token_hex(16)
    server: Server | None = None

    gateway = PretendStripe(clock)

    def post() -> int:
        bots = sandbox.events_url.removesuffix(EVENTS)  # the links of mails can be followed here
        return posting(billing, Mailbox(workspace), MAIL_FROM, url, bots)()

    async def turned() -> None:
        await in_thread(due_work.run_due, billing)
        await in_thread(due_work.run_verification, billing)
        await in_thread(monthly_reports.run, billing)
        if server and server.courier:
            await server.courier.drain()

    async def upcoming() -> Sequence[Upcoming]:
        coming = await in_thread(agenda.of_workspace, billing, team.id)
        due = await in_thread(agenda.next_due, billing, team.id)
        passing = [Upcoming(due)] if due else []
        return [*(_upcoming(one, language_of(team.locale)) for one in coming), *passing]

    sandbox = Sandbox(
        workspace,
        events_url="",
        signing_secret=secret,
        clock=clock,
        turned=turned,
        upcoming=upcoming,
        public_url="",
        gateway=gateway,
        ack_seconds=patience_seconds,
        trigger_seconds=patience_seconds,
    )
    async with AsyncExitStack() as stack:
        page = serving(sandbox.app, port, before_stop=sandbox.close_streams)
        url = api_url = await stack.enter_async_context(page)
        sandbox.public_url, gateway.public_url = url, f"{url}/gateway"
        neighbours: Neighbours | None = None
        all_of_them = [sandbox, *(beside(one, clock, secret, turned) for one in others)]
        if others:
            federation = Federation(all_of_them, CLIENT_ID, CLIENT_SECRET, installed=(team.id,))
            api_url, neighbours = await stack.enter_async_context(served(federation, {team.id: url}))
            billing = replace(billing, cipher=FernetCipher([new_key()]))
        # The production gateway, as the bot itself is: only where Stripe stands differs.
        stripe = StripeGateway(API_KEY, WEBHOOK_SECRET, api_url=gateway.public_url, return_url=url)
        billing = replace(billing, gateway=stripe if by_wire else billing.gateway, mails=True)
        post_to_sdi: Callable[[], int] | None = None
        if billing.issuer.seller.e_invoices == "pec":
            again = partial(_send_again, billing)
            exchange = Exchange(workspace.stream, clock, again)
            sandbox.stand_beside(exchange.routes(), exchange.to_state)
            post_to_sdi = partial(sdi_post.run, billing, exchange)
        settings = settings_of(workspace.app, secret, api_url, support, operators, installs=bool(others))
        server = Server(billing, settings, pace=0)
        async with serving(server.asgi, 0) as bot_url, gateway.delivering():
            sandbox.events_url = f"{bot_url}{EVENTS}"
            gateway.webhook_url = f"{bot_url}/webhooks/stripe"
            if neighbours:
                neighbours.meet(bot_url)
            try:
                yield Session(sandbox, billing, server, clock, gateway, url, post, post_to_sdi)
            finally:
                for one in all_of_them:
                    await one.fall_silent()


async def _send_again(billing: Billing, number: str) -> None:
    await in_thread(einvoice_editions.retry, billing, number)


def _upcoming(one: AgendaEntry, language: str) -> Upcoming:
    about = {"what": f"{one.add_on} {one.plan}", "shop": one.property_name}
    labels = {each: sentences[one.kind].format(**about) for each, sentences in LABELS.items()}
    return Upcoming(one.at, labels[language], one.kind, labels)
