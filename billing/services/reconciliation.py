"""The gateway's books beside ours, both ways: differences are stored and reported, and never repaired with money."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from billing.i18n import Translator
from billing.models import Mismatch, Payment
from billing.models.payments import UNDECIDED
from billing.models.refunds import RefundState
from billing.payments.disputes import keep_dispute
from billing.payments.outcomes import PaymentKey
from billing.ports import GatewayPayment
from billing.queries.in_sql import insert_once
from billing.queries.payment_attempts import last_attempt, succeeded
from billing.queries.payments import collected_since, known_at_gateway
from billing.queries.refunds import refunded_by_state, refunded_since
from billing.queries.slices import slices
from billing.values.disputes import Dispute, DisputeState
from billing.values.money import Money
from billing.work import Billing, Work

# A little more than the gateway's clock and ours can be apart.
LEEWAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the two books differ: the payment, by the gateway's name or else by ours, and what is wrong with it.

    `sentence` and `values` say that to a translator, `what` says it in English.
    """

    payment_id: str
    what: str
    sentence: str = field(default="", compare=False)
    values: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def said(self, words: Translator) -> str:
        """All of it in the reader's language, on one line."""
        return f"{self.payment_id}: {words(self.sentence, **dict(self.values))}"


def reconcile(billing: Billing, since: datetime) -> tuple[Difference, ...]:
    """Compares all that was collected and refunded since that moment. What is still being asked after is left out.

    What was refunded since is looked at whenever it was paid: a bank can send a refund back weeks later.
    A disputed payment is named until the dispute is won; of which nobody has told yet is told.

    Raises GatewaySilent: half a comparison would be worse than none.
    """
    theirs = {one.id: one for one in billing.gateway.collected_since(since - LEEWAY)}
    theirs |= _refunded(billing, since, but=theirs.keys())
    with billing.read("reconcile") as work:
        found = [*_of_theirs(work, theirs), *_of_ours(work, theirs, since)]
        disputes = list(_disputes(work, theirs))
    for key, dispute in disputes:
        keep_dispute(billing, key, dispute)
    with billing.work("reconcile.keep") as work:
        for difference in found:
            _keep(work, billing.gateway.name, difference)
    return tuple(found)


def _refunded(billing: Billing, since: datetime, but: Collection[str]) -> dict[str, GatewayPayment]:
    """The gateway's payments of which something was refunded since then, other than those."""
    with billing.read("reconcile") as work:
        found = work.session.scalars(refunded_since(), {"since": since}).all()
    asked = (billing.gateway.collected(each) for each in found if each is not None and each not in but)
    return {one.id: one for one in asked if one is not None}


def _of_theirs(work: Work, theirs: dict[str, GatewayPayment]) -> Iterator[Difference]:
    ours = {payment.gateway_id: payment for payment in _known(work, theirs)}
    for one in theirs.values():
        payment = ours.get(one.id)
        if payment is None:
            amount = _shown(one.collected)
            if one.payment_key is None:
                yield difference("The gateway collected {amount} for none of ours.", one.id, amount=amount)
            else:
                yield difference(
                    "The gateway collected {amount} for {key}, which is not in our books.",
                    one.id,
                    amount=amount,
                    key=one.payment_key,
                )
        else:
            yield from _beside(work, one, payment)


def _known(work: Work, gateway_ids: Iterable[str]) -> Iterator[Payment]:
    for some in slices(gateway_ids):
        yield from work.session.scalars(known_at_gateway(), {"gateway_ids": some})


def _beside(work: Work, one: GatewayPayment, payment: Payment) -> Iterator[Difference]:
    attempt = last_attempt(work.session, payment)
    if attempt is not None and attempt.state in UNDECIDED:
        return
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    collected = work.session.scalars(succeeded(), of_it).one() > 0
    booked = Money(payment.minor if collected else 0, payment.currency)
    if booked != one.collected:
        yield difference(
            "The gateway collected {theirs}, our books say {ours}.",
            one.id,
            theirs=_shown(one.collected),
            ours=_shown(booked),
        )
    if one.dispute:
        yield from _of_dispute(one.id, one.dispute, payment.dispute)
    refunds = work.session.execute(refunded_by_state(), of_it)
    sums = dict.fromkeys(RefundState, 0) | {state: int(minor) for state, minor in refunds}
    if not sums[RefundState.OPEN] and sums[RefundState.SUCCEEDED] != one.refunded_minor:
        gave, ours = (Money(m, payment.currency) for m in (one.refunded_minor, sums[RefundState.SUCCEEDED]))
        yield difference(
            "The gateway gave back {theirs}, our books say {ours}.",
            one.id,
            theirs=_shown(gave),
            ours=_shown(ours),
        )


def _disputes(work: Work, theirs: dict[str, GatewayPayment]) -> Iterator[tuple[PaymentKey, Dispute]]:
    """Those over payments of ours."""
    disputed = {one.id: one.dispute for one in theirs.values() if one.dispute}
    for payment in _known(work, disputed):
        if payment.gateway_id in disputed:
            yield PaymentKey(payment.workspace_id, payment.id), disputed[payment.gateway_id]


def _of_dispute(payment_id: str, dispute: Dispute, known: DisputeState | None) -> Iterator[Difference]:
    """What is different about it: until it is won, the money that our books have is not the seller's for certain."""
    amount = _shown(dispute.amount)
    if dispute.state is DisputeState.OPEN:
        yield difference(
            "The payer disputes {amount}: the bank has not decided, and the gateway may withhold it.",
            payment_id,
            amount=amount,
        )
    elif dispute.state is DisputeState.LOST:
        yield difference(
            "The payer disputed {amount}, and it is lost: the bank took it back, our books say it is paid.",
            payment_id,
            amount=amount,
        )
    elif known is not DisputeState.WON:
        yield difference(
            "The payer disputed {amount}, and it is won: the money stays.", payment_id, amount=amount
        )


def _of_ours(work: Work, theirs: dict[str, GatewayPayment], since: datetime) -> Iterator[Difference]:
    for payment in work.session.scalars(collected_since(), {"since": since}):
        if payment.gateway_id not in theirs:
            yield difference(
                "Our books say that {amount} was collected, the gateway's do not.",
                payment.gateway_id or payment.id,
                amount=_shown(payment.amount),
            )


def _keep(work: Work, gateway: str, difference: Difference) -> None:
    row = {
        "gateway": gateway,
        "payment_id": difference.payment_id,
        "what": difference.what,
        "first_seen_at": work.now,
        "last_seen_at": work.now,
    }
    if not insert_once(work.session, Mismatch, row):
        key = (gateway, difference.payment_id, difference.what)
        work.session.get_one(Mismatch, key).last_seen_at = work.now


def difference(sentence: str, payment_id: str, **values: str) -> Difference:
    """That of this payment, in a sentence for a translator with its values."""
    return Difference(payment_id, sentence.format(**values), sentence, tuple(values.items()))


def _shown(money: Money) -> str:
    return f"{money.decimal} {money.currency}"
