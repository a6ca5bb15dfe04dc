"""Any life that subscriptions can have: everything that people, cards and clocks do, in any order."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import facturx
import fatturapa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lxml import etree
from sqlalchemy import select
from structlog.testing import capture_logs

from billing.adapters.einvoices.en16931 import write_cii
from billing.adapters.gateways.sandbox import Behaviour
from billing.invoicing.unused_time import LESS_CREDITED
from billing.ledger import credit_balance
from billing.models import (
    CreditNote,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    Posting,
    PurchaseRequest,
    Subscription,
)
from billing.models.ledger import OF_PAYMENT, Account
from billing.models.payments import UNDECIDED, PaymentKind, PaymentState
from billing.models.subscriptions import LIVING, Status
from billing.ports import Answer
from billing.services import (
    agenda,
    changes,
    credit_notes,
    due_work,
    members,
    payment_methods,
    payments,
    purchase_limits,
    purchase_requests,
    reconciliation,
    refunds,
    subscriptions,
    transfers,
)
from billing.services.purchases import Order
from billing.values.actors import Actor, Role
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.disputes import Dispute, DisputeState
from billing.values.documents import LineKind
from billing.values.en16931 import embedded_in
from billing.values.errors import Refusal
from billing.values.refusals import NotFound
from tests.billing.desk import MILANO, at_once
from tests.billing.lives import WORKSPACE, Lives, at
from tests.billing.test_factur_x import amounts, broken
from tests.billing.test_fatturapa import ROSSI, VENDITORE, in_italian, xml_of

CHECKED_EVERY = 10
FURTHEST_BACK = timedelta(minutes=30)
# Where the homes are. Abroad only a company with a VAT number of there can be invoiced.
HOMES = (("Europe/Rome", "IT"), ("America/New_York", "IT"), ("Europe/Berlin", "DE"))
# Who buys from where: the mainland, places that are outside the VAT area, and companies abroad.
BUYERS: tuple[tuple[BillingAddress, Company | None], ...] = (
    (MILANO, None),
    (MILANO, None),
    (replace(MILANO, city="Livigno", postal_code="23041", region="SO"), None),
    (replace(MILANO, city="Campione", postal_code="22061", region="CO"), Company(vat_number="IT01234567897")),
    (
        BillingAddress("Beispiel GmbH", "Hauptstr. 1", "Berlin", "DE", postal_code="10115"),
        Company(vat_number="DE136695976"),
    ),
    (
        BillingAddress("Insel GmbH", "Lung Wai 28", "Helgoland", "DE", postal_code="27498"),
        Company(vat_number="DE136695976"),
    ),
    (
        BillingAddress("Ejemplo S.L.", "Calle 1", "Las Palmas", "ES", postal_code="35001"),
        Company(vat_number="ESA13585625"),
    ),
    (BillingAddress("Example Inc.", "1 Main St", "Austin", "US", postal_code="73301", region="TX"), None),
)
BEGIN = at("2026-01-31 10:00")
LONG_ENOUGH = timedelta(days=60)
anyone = st.integers(min_value=0, max_value=20)
either = st.sampled_from([0, 1])
wherever = st.sampled_from([0, 0, 1, 1, 2])
buyers = st.sampled_from(range(len(BUYERS)))
whoever = st.sampled_from([0, 0, 1, 2])
add_ons = st.sampled_from(["plain", "flexible", "anew", "tried"])
plans = st.sampled_from(["small", "large"])
intervals = st.sampled_from(list(Interval))
quantities = st.sampled_from([1, 1, 1, 3])
behaviours = st.sampled_from(
    [[], [], []] + [[one] for one in Behaviour] + [[one, other] for one in Behaviour for other in Behaviour]
)
spans = st.one_of(
    st.integers(1, 26 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(1, 26 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(1, 35).map(lambda days: timedelta(days=days)),
)


class AnyLife(RuleBasedStateMachine):
    """Three properties, two cards in each, three people, and a model that knows what must never happen to money."""

    # What the standard's rules find broken by a file, as Factur-X publishes them; where nobody gave any, the schema
    # and the second program alone are asked.
    broken_by: Callable[[bytes], list[str]] | None = None

    def __init__(self, new_database: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        url = self.closing.enter_context(new_database())
        self.lives = self.closing.enter_context(Lives.open(url, folder, BEGIN))
        self.logged = self.closing.enter_context(capture_logs())
        self.living: list[str] = []
        self.cancelled: list[str] = []
        self.ended: list[str] = []
        self.acts = 0
        self.newest = self.lives.clock.now
        self.asked: list[str] = []
        self.limits: dict[str, tuple[int, set[str]]] = {}
        self.over: dict[str, tuple[datetime, int]] = {}

    @initialize(first=add_ons, interval=intervals)
    def begin(self, first: str, interval: Interval) -> None:
        self.homes = [
            self.lives.property_in(zone, f"Home {number}", country)
            for number, (zone, country) in enumerate(HOMES)
        ]
        self.tokens = [f"tok_home_{number}" for number in range(len(HOMES))]
        self.cards = [
            (self.lives.card(home, token), self.lives.card(home, f"{token}_other"))
            for home, token in zip(self.homes, self.tokens, strict=True)
        ]
        self.people = [self.lives.owner, Actor(WORKSPACE, "UCOOWNER"), Actor(WORKSPACE, "UADMIN")]
        for number, role in ((1, Role.OWNER), (2, Role.ADMIN)):
            members.meet(self.lives.billing, self.people[number], role.title(), f"{role}@example.com")
            for home in range(len(self.homes)):
                self.has_role(home, number, role)
        self.buy(0, "flexible", "small", Interval.MONTH, 1, [], 0)
        self.buy(1, first, "small", interval, 1, [], 0)

    # What people do. A refusal is an answer.

    @rule(
        home=wherever,
        add_on=add_ons,
        plan=plans,
        interval=intervals,
        quantity=quantities,
        then=behaviours,
        buyer=buyers,
    )
    def buy(
        self,
        home: int,
        add_on: str,
        plan: str,
        interval: Interval,
        quantity: int,
        then: list[Behaviour],
        buyer: int,
    ) -> None:
        self._next(home, then)
        address, company = BUYERS[buyer]
        with suppress(Refusal):
            self.lives.buy(
                self.homes[home], self.cards[home][0], add_on, plan, interval, quantity, address, company
            )

    @rule(one=anyone, plan=plans, interval=intervals, quantity=quantities, home=either, then=behaviours)
    def change(
        self, one: int, plan: str, interval: Interval, quantity: int, home: int, then: list[Behaviour]
    ) -> None:
        self._next(home, then)
        wish, key = changes.PlanSelection(plan, interval, quantity), f"{self.acts}"
        with suppress(Refusal):
            plan = _one(self.living, one)
            shown = changes.preview_change(self.lives.billing, self.lives.owner, plan, wish)
            before = self._credit(plan)
            changes.change(
                self.lives.billing, self.lives.owner, plan, wish, key=key, expected_quote=shown.fingerprint
            )
            if before is not None and not shown.charge_now.minor:  # nobody is asked: it is done
                gained = (self._credit(plan) or 0) - before
                assert gained == shown.credited.minor - shown.credit_used.minor, (gained, shown)

    def _credit(self, plan: str) -> int | None:
        """What the plan's property has to its credit; None while something is open, which holds some of it back."""
        with self.lives.billing.read("test") as work:
            home = work.session.get_one(Subscription, (WORKSPACE, plan)).property_id
            asked = select(Payment.id).where(Payment.property_id == home, Payment.state == PaymentState.OPEN)
            is_held = work.session.scalars(asked).first() is not None
            return None if is_held else credit_balance(work.session, WORKSPACE, home, "EUR").minor

    @rule(one=anyone, quantity=st.integers(1, 9), home=either, then=behaviours)
    def grow(self, one: int, quantity: int, home: int, then: list[Behaviour]) -> None:
        self.change(one, "large", Interval.MONTH, quantity, home, then)

    @rule(one=anyone)
    def undo_change(self, one: int) -> None:
        with suppress(Refusal):
            changes.undo_change(self.lives.billing, self.lives.owner, _one(self.living, one))

    @rule(one=anyone)
    def cancel(self, one: int) -> None:
        with suppress(Refusal):
            subscriptions.cancel(self.lives.billing, self.lives.owner, _one(self.living, one), "dear")

    @rule(one=anyone)
    def undo_cancellation(self, one: int) -> None:
        with suppress(Refusal):
            subscriptions.undo_cancellation(self.lives.billing, self.lives.owner, _one(self.cancelled, one))

    @rule(one=anyone, home=either, then=behaviours)
    def restart(self, one: int, home: int, then: list[Behaviour]) -> None:
        self._next(home, then)
        with suppress(Refusal):
            subscriptions.restart(
                self.lives.billing, self.lives.owner, _one(self.ended, one), key=f"{self.acts}"
            )

    @rule(one=anyone, home=wherever, brings_card=st.booleans())
    def transfer(self, one: int, home: int, brings_card: bool) -> None:
        with suppress(Refusal):
            transfers.transfer(self.lives.billing, self.lives.owner, _one(self.living, one), self.homes[home])
            if brings_card:
                self._choose(_one(self.living, one), home, 0, self.lives.owner)

    @rule(one=anyone, home=wherever, card=either, who=whoever, then=behaviours)
    def choose_card(self, one: int, home: int, card: int, who: int, then: list[Behaviour]) -> None:
        """Whoever chooses pays from now on; what waits for the bank is tried with that card."""
        self._next(home, then)
        with suppress(Refusal):
            self._choose(_one(self.living, one), home, card, self.people[who])

    @rule(one=anyone, home=wherever, card=either, backup=st.sampled_from([None, "", 0, 1]))
    def choose_backup(self, one: int, home: int, card: int, backup: int | str | None) -> None:
        """A renewal is charged to it where the other card cannot be; or there is none from now on."""
        chosen = self.cards[home][backup] if isinstance(backup, int) else backup
        with suppress(Refusal):
            self._choose(_one(self.living, one), home, card, self.lives.owner, chosen)

    @rule(home=wherever, card=either)
    def remove_card(self, home: int, card: int) -> None:
        """Only what pays nothing: it is a backup no longer, and its owner enters it again."""
        with suppress(Refusal):
            payment_methods.remove(self.lives.billing, self.lives.owner, self.cards[home][card])
            token = self.tokens[home] + ("_other" if card else "")
            kept = self.lives.card(self.homes[home], token)
            self.cards[home] = (self.cards[home][0], kept) if card else (kept, self.cards[home][1])

    @rule(home=wherever, who=st.sampled_from([1, 2]), role=st.sampled_from(list(Role)))
    def has_role(self, home: int, who: int, role: Role) -> None:
        with suppress(Refusal):
            members.set_role(
                self.lives.billing, self.lives.owner, self.homes[home], self.people[who].user_id, role
            )

    @rule(home=wherever, who=st.sampled_from([1, 2]))
    def leaves(self, home: int, who: int) -> None:
        with suppress(Refusal):
            members.remove(self.lives.billing, self.lives.owner, self.homes[home], self.people[who].user_id)

    @rule(home=wherever, amount=st.sampled_from(["", "", "", "13"]))
    def has_limit(self, home: int, amount: str) -> None:
        """Above it two are needed from now on."""
        self._nothing_above_a_limit_was_done_alone()
        with suppress(Refusal):
            page = purchase_limits.change(self.lives.billing, self.lives.owner, self.homes[home], amount)
            self.limits.pop(self.homes[home], None)
            if page.limit:
                self.limits[self.homes[home]] = page.limit.minor, set(self._charged_at_once())

    @rule(
        one=anyone,
        home=wherever,
        add_on=add_ons,
        plan=plans,
        who=whoever,
        act=st.sampled_from([0, 0, 1, 1, 2]),
        limit_stays=st.sampled_from([False, False, False, True]),
    )
    def ask(self, one: int, home: int, add_on: str, plan: str, who: int, act: int, limit_stays: bool) -> None:
        """Whatever costs more than a euro is asked for."""
        billing, by, key = self.lives.billing, self.people[who], f"{self.acts}"
        for number in range(len(self.homes)):
            self.has_limit(number, "1")
        with suppress(Refusal):
            if act == 0:
                card = self.cards[home][0]
                order = Order(self.homes[home], add_on, plan, Interval.YEAR, card, MILANO)
                asked = purchase_requests.ask_purchase(billing, by, order, key=key)
            elif act == 1:
                wish = changes.PlanSelection(plan, Interval.YEAR, 3)
                asked = purchase_requests.ask_change(billing, by, _one(self.living, one), wish, key=key)
            else:
                asked = purchase_requests.ask_restart(billing, by, _one(self.ended, one), key=key)
            self.asked.append(asked.request_id)
        for number in range(0 if limit_stays else len(self.homes)):
            self.has_limit(number, "")

    @rule(
        one=anyone, who=whoever, home=either, then=behaviours, declines=st.sampled_from([False, False, True])
    )
    def answer(self, one: int, who: int, home: int, then: list[Behaviour], declines: bool) -> None:
        """The first who may approves what was asked for, twice at one time, or declines it."""
        self._next(home, then)
        act = purchase_requests.decline if declines else purchase_requests.approve
        with suppress(NotFound):
            asked = _one(self.asked[-3:], one)
            for number in range(len(self.people)):
                by = self.people[(who + number) % len(self.people)]
                twice = partial(act, self.lives.billing, by, asked)
                if not all(isinstance(answer, Refusal) for answer in at_once(twice, twice)):
                    break

    @rule(one=anyone, home=either, then=behaviours)
    def pay_now(self, one: int, home: int, then: list[Behaviour]) -> None:
        self._next(home, then)
        with suppress(Refusal):
            for unpaid in payments.unpaid(self.lives.billing, self.lives.owner, _one(self.living, one)):
                payments.pay_now(self.lives.billing, self.lives.owner, unpaid.id)

    @rule(one=anyone, percent=st.sampled_from([1, 30, 50, 99, 100]), refund=st.booleans())
    def credit(self, one: int, percent: int, refund: bool) -> None:
        """The seller corrects an invoice, paid or not, by a part of it or by all that is left."""
        with suppress(Refusal, ValueError):
            number, minor = _invoice(self.lives, one)
            part = "" if percent == 100 else str(Decimal(minor * percent // 100).scaleb(-2))
            credit_notes.issue(self.lives.billing, number, credit_notes.Wanted(part, refund))

    @rule(one=anyone, percent=st.sampled_from([1, 50, 100]))
    def refund(self, one: int, percent: int) -> None:
        with suppress(Refusal):
            number, minor = _invoice(self.lives, one)
            part = None if percent == 100 else Decimal(max(minor, 0) * percent // 100).scaleb(-2)
            operator = Actor(WORKSPACE, "", "operator")
            refunds.refund(self.lives.billing, operator, number, key=f"{self.acts}", amount=part)

    # What cards, banks and the gateway do.

    @rule(one=anyone, state=st.sampled_from(list(DisputeState)))
    def dispute(self, one: int, state: DisputeState) -> None:
        """The payer of a charge disputes it, or the bank decides; the seller's books are held against it."""
        if charged := self.lives.gateway.charged():
            order = charged[one % len(charged)]
            self.lives.gateway.disputes[order.payment_id or ""] = Dispute(state, order.amount)
            reconciliation.reconcile(self.lives.billing, BEGIN)

    @rule(least=st.sampled_from([1, 1, 1500]))
    def takes_no_less_than(self, least: int) -> None:
        self.lives.gateway.least = least

    @rule(home=either, then=behaviours)
    def card_will(self, home: int, then: list[Behaviour]) -> None:
        self._next(home, then)

    @rule(home=either, card=either, then=behaviours)
    def one_card_will(self, home: int, card: int, then: list[Behaviour]) -> None:
        self.lives.gateway.expect(self.tokens[home] + ("_other" if card else ""), *then)

    @rule(one=anyone, says_yes=st.sampled_from([True, True, False]))
    def authenticate(self, one: int, says_yes: bool) -> None:
        asked = [
            key
            for key, (_, outcome) in self.lives.gateway.charges.items()
            if outcome.answer is Answer.ACTION_REQUIRED
        ]
        if asked:
            answer = self.lives.gateway.authenticate if says_yes else self.lives.gateway.turn_down
            answer(asked[one % len(asked)])

    # What time does.

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.lives.turn_to(self.lives.clock.now + span)

    @rule(minutes=st.integers(-22 * 60, 60))
    def something_is_about_to_happen(self, minutes: int) -> None:
        """The hours around the end of a cycle or a try to collect are where acts cross each other."""
        coming = self.lives.next_moment()
        if coming is not None and (moment := coming + timedelta(minutes=minutes)) > self.lives.clock.now:
            self.lives.turn_to(moment)

    @rule()
    def what_comes_next_happens(self) -> None:
        coming = self.lives.next_moment()
        if coming is not None:
            self.lives.turn_to(coming)

    @rule(span=spans)
    def time_passes_while_nobody_works(self, span: timedelta) -> None:
        self.lives.clock.now += span

    @rule(seconds=st.integers(1, 300))
    def the_clock_is_set_back(self, seconds: int) -> None:
        """However often, by less than what `verify` takes for documents that are still to come."""
        back = self.lives.clock.now - timedelta(seconds=seconds)
        self.lives.clock.now = max(back, self.newest - FURTHEST_BACK)

    @rule()
    def due_work_is_done_twice(self) -> None:
        for _ in range(2):
            self.lives.turn_to(self.lives.clock.now)

    @rule(span=spans)
    def two_schedulers_work_at_once(self, span: timedelta) -> None:
        """The cards say yes meanwhile: which of the two asks first is nobody's to say, and must not matter."""
        for home in range(len(self.homes)):
            self._next(home, [])
        self.lives.clock.now += span
        for report in at_once(*[lambda: due_work.run_due(self.lives.billing)] * 2):
            assert report.left == 0, report

    # What must hold.

    @invariant()
    def nothing_went_wrong(self) -> None:
        self.acts += 1
        self.newest = max(self.newest, self.lives.clock.now)
        # No two acts at the very same microsecond, not even on a clock that is set back.
        self.lives.clock.now = self.lives.clock.now.replace(microsecond=self.acts)
        self._look_around()
        if self.acts % CHECKED_EVERY == 0:
            self._check()

    def teardown(self) -> None:
        """In the end the gateway speaks, what is open is decided, and the sums are equal to the cent."""
        try:
            if hasattr(self, "homes"):
                self._check()
                self.lives.gateway.least = 1
                for home in range(len(self.homes)):
                    self._next(home, [])
                self.lives.turn_to(self.lives.clock.now + LONG_ENOUGH)
                self.lives.turn_to(self.lives.clock.now + LONG_ENOUGH)
                self._check()
                self._no_charge_is_without_a_document()
                self._each_document_could_be_an_e_invoice()
        finally:
            self.closing.close()

    def _each_document_could_be_an_e_invoice(self) -> None:
        """Sold by a seller in Italy, each would be one that the exchange system takes, of the same amount.

        So says another's reader of it; and within the Union the file in the PDF is valid and says that amount, too.
        """
        with self.lives.billing.read("test") as work:
            documents = [row.read_document() for row in work.session.scalars(select(Invoice))]
            documents += [row.read_document() for row in work.session.scalars(select(CreditNote))]
        for document in documents:
            if not document.buyer.street:  # no order would be taken for it
                continue
            if document.buyer.lacks_tax_number:
                document = replace(
                    document, buyer=replace(document.buyer, codice_fiscale=ROSSI.codice_fiscale)
                )
            sold = replace(document, seller=VENDITORE)
            total = (document.total + document.withheld).decimal
            (read,) = fatturapa.parse(etree.tostring(xml_of(sold)))
            said = (read.numero, in_italian(read.importo_totale))
            assert said == (document.number, total), (said, document.number, total)
            if embedded_in(sold) != "factur-x":
                continue
            content = write_cii(sold)
            assert facturx.xml_check_xsd(content, flavor="factur-x", level="en16931"), document.number
            embedded = amounts(content, "GrandTotalAmount")
            assert embedded == [document.total.decimal], (document.number, embedded)
            found = broken(content) + (self.broken_by(content) if self.broken_by else [])
            assert found == [], (document.number, found)

    def _look_around(self) -> None:
        with self.lives.billing.read("test") as work:
            all_of_them = work.session.scalars(select(Subscription).order_by(Subscription.id)).all()
        self.living = [one.id for one in all_of_them if one.status in LIVING]
        self.cancelled = [one.id for one in all_of_them if one.is_cancelled]
        self.ended = [one.id for one in all_of_them if one.status is Status.ENDED]

    def _check(self) -> None:
        self.lives.turn_to(self.lives.clock.now)
        found = self.lives.findings()
        assert found == (), found  # pytest explains no assertion of this module
        assert LESS_CREDITED not in [said["event"] for said in self.logged]
        self._each_payment_charged_once()
        self._the_cash_is_what_was_charged()
        self._what_is_over_stays_over()
        self._what_lives_is_billed()
        self._nothing_above_a_limit_was_done_alone()
        agenda.of_workspace(self.lives.billing, WORKSPACE)

    def _each_payment_charged_once(self) -> None:
        charged = Counter(order.description for order in self.lives.gateway.charged())
        assert not [payment for payment, times in charged.items() if times > 1]

    def _the_cash_is_what_was_charged(self) -> None:
        """But for what the gateway has collected without having said so yet."""
        with self.lives.billing.read("test") as work:
            undecided = select(PaymentAttempt).where(PaymentAttempt.state.in_(UNDECIDED))
            unheard = {attempt.key for attempt in work.session.scalars(undecided)}
        heard = [order for order in self.lives.gateway.charged() if order.key not in unheard]
        given_back = sum(one.amount.minor for one in self.lives.gateway.refunds.values())
        assert sum(order.amount.minor for order in heard) - given_back == self.lives.cash()

    def _no_charge_is_without_a_document(self) -> None:
        """Each charge paid an invoice, or is credit because it came too late."""
        with self.lives.billing.read("test") as work:
            paid = {one.about: one for one in work.session.scalars(select(Payment))}
            late = select(OF_PAYMENT).where(Posting.account == Account.CREDIT, Posting.minor < 0)
            credited = set(work.session.scalars(late))
        for order in self.lives.gateway.charged():
            payment = paid[order.description]
            has_document = payment.state is PaymentState.PAID and payment.invoice_id is not None
            assert has_document or payment.id in credited, order

    def _what_is_over_stays_over(self) -> None:
        """What has ended gets no invoice any more, unless it was begun anew."""
        with self.lives.billing.read("test") as work:
            ended = select(Subscription).where(Subscription.status == Status.ENDED)
            over = {one.id: one.ended_at for one in work.session.scalars(ended) if one.ended_at}
            lines = Counter(work.session.scalars(select(InvoiceLine.subscription_id)))
        for subscription_id, ended_at in over.items():
            before = self.over.get(subscription_id)
            assert before is None or before[0] != ended_at or before[1] == lines[subscription_id]
        self.over = {one: (ended_at, lines[one]) for one, ended_at in over.items()}

    def _what_lives_is_billed(self) -> None:
        with self.lives.billing.read("test") as work:
            cycles = select(InvoiceLine.subscription_id, InvoiceLine.period_start_at)
            rows = work.session.execute(cycles.where(InvoiceLine.kind == LineKind.CYCLE))
            billed = {(row[0], row[1]) for row in rows}
            living = select(Subscription).where(Subscription.status.in_([Status.ACTIVE, Status.PAST_DUE]))
            for one in work.session.scalars(living):
                assert (one.id, one.period_start_at) in billed, one.id

    def _nothing_above_a_limit_was_done_alone(self) -> None:
        with self.lives.billing.read("test") as work:
            approved = set(work.session.scalars(select(PurchaseRequest.payment_id)))
        opened = self._charged_at_once()
        for home, (limit, before) in self.limits.items():
            alone = {id_ for id_, payment in opened.items() if payment[0] == home and payment[1] > limit}
            assert alone - before - approved == set()

    def _charged_at_once(self) -> dict[str, tuple[str, int]]:
        """The payments that somebody's act opened: for which property, and how much."""
        with self.lives.billing.read("test") as work:
            opened = select(Payment).where(Payment.kind != PaymentKind.RENEWAL)
            return {one.id: (one.property_id, one.minor) for one in work.session.scalars(opened)}

    def _next(self, home: int, then: list[Behaviour]) -> None:
        for token in (self.tokens[home], f"{self.tokens[home]}_other"):
            self.lives.gateway.expect(token, *then)

    def _choose(
        self, subscription_id: str, home: int, card: int, who: Actor, backup: str | None = None
    ) -> None:
        chosen = self.cards[home][card]
        payment_methods.choose(self.lives.billing, who, subscription_id, chosen, backup_id=backup)


def _invoice(lives: Lives, number: int) -> tuple[str, int]:
    """The number and total of one of the newest invoices; where there is none, that is a refusal like others."""
    with lives.billing.read("test") as work:
        newest = select(Invoice.number, Invoice.total_minor).order_by(Invoice.sequence.desc()).limit(8)
        found = work.session.execute(newest).all()
    if not found:
        raise NotFound("invoice")
    return found[number % len(found)][0], found[number % len(found)][1]


def _one(of: list[str], number: int) -> str:
    """One of them; where there is none, that is a refusal like others.

    What is drawn must not depend on the state, which two schedulers at once may leave in more than one way.
    """
    if not of:
        raise NotFound("subscription")
    return of[number % len(of)]
