"""The pretend Stripe on HTTP: keys checked, replies kept by idempotency key, faults, and the hosted pages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.gateway import pages
from sandbox.gateway.books import Books, Thing
from sandbox.gateway.cards import TestCard
from sandbox.gateway.faults import Fault, Faults
from sandbox.gateway.hooks import Hooks
from sandbox.gateway.rules import Form, Refused, Rules, invalid
from sandbox.gateway.subscriptions import Subscriptions

API_KEY = "sk_test_sandbox"
WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105  # the pretend account's own, worth nothing elsewhere
Act = Callable[[dict[str, str], Form], Thing]


class PretendStripe:
    """One account of a pretend Stripe. `public_url` and `webhook_url` may be set once they are known."""

    def __init__(self, clock: Callable[[], datetime], path: str = ":memory:", public_url: str = "") -> None:
        self.public_url = public_url
        self.books, self.faults = Books(clock, path), Faults()
        self.rules = Rules(self.books, lambda: self.public_url, self._behaves)
        self.subscriptions = Subscriptions(self.rules)
        self.hooks = Hooks(self.books, WEBHOOK_SECRET)
        self._working = asyncio.Lock()
        self._late = set[asyncio.Task[Response]]()
        get, post = ["GET"], ["POST"]
        self.routes = [
            *(Route(f"/v1/{path}", self._endpoint(act), methods=post) for path, act in self._posts().items()),
            *(Route(f"/v1/{path}", self._endpoint(act), methods=get) for path, act in self._gets().items()),
            Route("/pay/{id}", self._card_page, methods=[*get, *post]),
            Route("/bank/{id}", self._bank_page, methods=[*get, *post]),
        ]
        self.app = Starlette(routes=self.routes, lifespan=self._lifespan)

    @property
    def webhook_url(self) -> str:
        """Where events are delivered; none are while it is empty."""
        return self.hooks.url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self.hooks.url = url
        self.hooks.wake()

    def _behaves(self, card: TestCard) -> TestCard:
        return self.faults.behaves(card)  # whichever faults are planned by now

    def collected(self) -> list[Thing]:
        """The payments of which money was collected, oldest first."""
        return [one for one in reversed(self.books.all("payment_intent")) if one["amount_received"]]

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Webhooks go out while the block lasts."""
        task = asyncio.create_task(self.hooks.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self.delivering():
            yield

    def _posts(self) -> dict[str, Act]:
        rules = self.rules
        return {
            "customers": lambda _, form: rules.make_customer(form),
            "checkout/sessions": lambda _, form: rules.make_session(form),
            "payment_intents": lambda _, form: rules.make_intent(form),
            "payment_intents/{id}/confirm": lambda at, form: rules.confirm(at["id"], form),
            "payment_intents/{id}/cancel": lambda at, _: rules.cancel(at["id"]),
            "payment_methods/{id}/detach": lambda at, _: rules.detach(at["id"]),
            "refunds": lambda _, form: rules.refund(form),
            "subscriptions/{id}": lambda at, form: self.subscriptions.update(at["id"], form),
        }

    def _gets(self) -> dict[str, Act]:
        rules = self.rules
        return {
            "checkout/sessions/{id}": lambda at, form: rules.session(at["id"], form.get("expand", [])),
            "payment_methods/{id}": lambda at, _: rules.known("payment_method", at["id"]),
            "payment_intents/{id}": lambda at, form: self._intent(at["id"], form),
            "payment_intents": lambda _, form: self._intents(form),
            "disputes": lambda _, form: self._listed("dispute", form, "payment_intent"),
            "refunds/{id}": lambda at, _: rules.known("refund", at["id"]),
            "refunds": lambda _, form: self._listed("refund", form, "payment_intent"),
            "subscriptions/{id}": lambda at, form: self.subscriptions.found(at["id"], form.get("expand", ())),
            "subscriptions": lambda _, form: self.subscriptions.listed(
                self._listed("subscription", form, "customer"), form
            ),
        }

    def _intent(self, id_: str, form: Form) -> Thing:
        intent = self.rules.known("payment_intent", id_)
        if "latest_charge" in form.get("expand", []):
            self._expand_charge(intent)
        return intent

    def _intents(self, form: Form) -> Thing:
        listed = self._listed("payment_intent", form, "customer")
        if "data.latest_charge" in form.get("expand", []):
            for intent in listed["data"]:
                self._expand_charge(intent)
        return listed

    def _expand_charge(self, intent: Thing) -> None:
        if intent["latest_charge"]:
            intent["latest_charge"] = self.rules.known("charge", intent["latest_charge"])

    def _listed(self, kind: str, form: Form, by: str) -> Thing:
        since = int(form.get("created", {}).get("gte", 0))
        of = {by: form[by]} if by in form else {}
        limit = int(form.get("limit", 10))
        found = self.books.page(kind, since, of, form.get("starting_after"), limit + 1)
        url = f"/v1/{kind}s"
        return {"object": "list", "url": url, "data": found[:limit], "has_more": len(found) > limit}

    def _endpoint(self, act: Act) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> ASGIApp:
            self.faults.comes()
            fault = self.faults.next(request.url.path)
            if fault is Fault.DEAF:
                return _break_off
            if request.headers.get("authorization") != f"Bearer {API_KEY}":
                return JSONResponse({"error": {"type": "invalid_request_error"}}, 401)
            if fault in (Fault.BUSY, Fault.TOO_MANY):
                code = "idempotency_key_in_use" if fault is Fault.BUSY else "rate_limit"
                return JSONResponse({"error": {"type": "api_error", "code": code}}, int(fault))
            text = (await request.body()).decode() if request.method == "POST" else request.url.query
            if fault is Fault.LATE:
                late = asyncio.create_task(self._worked(request, act, text, fault))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                return _break_off
            reply = await self._worked(request, act, text, fault)
            return _break_off if fault is Fault.LOST else reply

        return endpoint

    async def _worked(self, request: Request, act: Act, text: str, fault: Fault | None) -> Response:
        on_its_way = self.faults.held_up() if fault in (Fault.SLOW, Fault.LATE) else nullcontext()
        async with on_its_way, self._working:
            reply = self._answer(request, act, text, fault)
        self.hooks.wake()
        return reply

    def _answer(self, request: Request, act: Act, text: str, fault: Fault | None) -> Response:
        key, asked = request.headers.get("idempotency-key"), f"{request.url.path} {text}"
        if request.method == "POST" and not key and not request.url.path.endswith(("/cancel", "/detach")):
            # Stricter than Stripe: money needs a key.
            return _json(*_as_reply(invalid("idempotency_key_missing")))
        if key and (known := self.books.reply_to(key)):
            if known[0] != asked:
                return _json(*_as_reply(Refused(400, "idempotency_error", "idempotency_key_reused")))
            return _json(known[1], known[2], {"idempotent-replayed": "true"})
        status, body, kept = self._acted(request, act, text, fault)
        if key and kept:
            self.books.keep_reply(key, asked, status, body)
        return _json(status, body)

    def _acted(self, request: Request, act: Act, text: str, fault: Fault | None) -> tuple[int, str, bool]:
        broken = 500, json.dumps({"error": {"type": "api_error"}}), True
        if fault is Fault.ERROR:
            return broken
        try:
            body = json.dumps(act(dict(request.path_params), _form(text)))
        except Refused as refusal:
            return (*_as_reply(refusal), refusal.kept)
        return broken if fault is Fault.ERROR_AFTER else (200, body, True)

    async def _card_page(self, request: Request) -> Response:
        try:
            session = self.rules.session(request.path_params["id"], [])
        except Refused:
            return HTMLResponse(pages.last_page("en", "over", "again"), 404)
        language = session["locale"]
        if session["status"] != "open":
            title = ("saved", "back") if session["status"] == "complete" else ("over", "again")
            return HTMLResponse(pages.last_page(language, *title))
        if request.method == "GET":
            return HTMLResponse(pages.card_page(language, {}))
        typed = _form((await request.body()).decode())
        card, month, year, faults = pages.entered(dict(typed), self.books.clock().date())
        if card is None or faults:
            return HTMLResponse(pages.card_page(language, faults), 422)
        async with self._working:
            self.rules.save_card(session, card, month, year)
        self.hooks.wake()
        return HTMLResponse(pages.last_page(language, "saved", "back"))

    async def _bank_page(self, request: Request) -> Response:
        language = request.headers.get("accept-language", "en")
        intent = self.books.find("payment_intent", request.path_params["id"])
        if intent is None or intent["status"] != "requires_action":
            return HTMLResponse(pages.last_page(language, "over", "again"), 404)
        if request.method == "GET":
            amount = f"{intent['amount'] / 100:.2f} {intent['currency'].upper()}"
            return HTMLResponse(pages.bank_page(language, amount))
        answer = _form((await request.body()).decode()).get("answer")
        async with self._working:
            (self.rules.collect if answer == "yes" else self.rules.turn_down)(intent)
        self.hooks.wake()
        return HTMLResponse(pages.last_page(language, "done", "back"))


def _json(status: int, body: str, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")


def _as_reply(refusal: Refused) -> tuple[int, str]:
    return refusal.status, json.dumps(refusal.body)


def _form(text: str) -> Form:
    """The nested form that Stripe's clients send: `metadata[payment]=x&expand[0]=y`."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *inner = re.findall(r"[^\[\]]+", name)
        if not inner:
            tree[head] = value
        elif inner[0].isdigit():
            tree.setdefault(head, []).append(value)
        else:
            branch: Mapping[str, Any] = tree.setdefault(head, {})
            tree[head] = {**branch, inner[0]: value}
    return tree


async def _break_off(_scope: Scope, _receive: Receive, send: Send) -> None:
    """A reply that promises more than comes: the server closes the connection on it."""
    promised = [(b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
