"""Webhooks to the seller's product: at least once, in order per subscription, and never where they must not go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest
from sqlalchemy import select, text
from standardwebhooks.webhooks import WebhookVerificationError

from billing.adapters.ciphers import FernetCipher, new_key
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.scheduler import ENDPOINTS_AT_A_TIME, SLOW_ENDPOINTS_AT_A_TIME, drain_webhooks
from billing.services import copies, facts, gauges, subscriptions, webhook_endpoints
from billing.services import webhook_deliveries as deliveries
from billing.services.webhook_endpoints import MAX_FORMER
from billing.values.errors import Unfit
from billing.values.refusals import NotFound
from billing.values.webhooks import (
    DeliveryStatus,
    WebhookReply,
    WebhookRequest,
    endpoint_url,
    is_public,
    wait_after,
)
from tests.billing.desk import Desk, at_once
from tests.billing.waiting import once_it_waits
from tests.receiver import MAX_SECONDS, Receiver, receiving

pytestmark = pytest.mark.slow
# Each waits for the one before, in the order of the subscription.
OF_ONE_PLAN = ("subscription.created", "invoice.issued", "invoice.paid")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / "receiver") as running:
        yield running


def with_secrets(desk: Desk) -> Desk:
    return replace(desk, billing=replace(desk.billing, cipher=FernetCipher([new_key()])))


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """One that can keep secrets."""
    return with_secrets(desk)


@pytest.fixture
def sqlite_desk(sqlite_desk: Desk) -> Desk:
    return with_secrets(sqlite_desk)


def endpoint(desk: Desk, receiver: Receiver, *types: str, path: str = "") -> tuple[str, str]:
    made, secret = webhook_endpoints.create(desk.billing, receiver.url + path, types)
    return made.id, secret


def age(desk: Desk, span: timedelta) -> None:
    """All that was tried or is held has been so for that much longer."""
    desk.clock.now += span
    with desk.billing.work("test") as work:
        for row in work.session.scalars(select(WebhookDelivery)):
            row.due_at -= span
            row.claimed_until = row.claimed_until and row.claimed_until - span
            row.first_failed_at = row.first_failed_at and row.first_failed_at - span
        for one in work.session.scalars(select(WebhookEndpoint)):
            one.paused_until = one.paused_until and one.paused_until - span


def log(desk: Desk, endpoint_id: str) -> list[tuple[str, str, int, str | None]]:
    found = reversed(webhook_endpoints.deliveries(desk.billing, endpoint_id))
    return [(one.type, one.status, one.tries, one.error) for one in found]


def test_each_event_arrives_signed_as_the_feed_has_it_in_the_order_of_its_subscription(
    desk: Desk, receiver: Receiver
) -> None:
    owner = desk.owner()
    desk.property_of(owner, "Before")
    everything, secret = endpoint(desk, receiver)
    some, _ = endpoint(desk, receiver, "subscription.cancelled", "entitlements.changed", path="/some")
    home = desk.property_of(owner)
    plan = desk.buy(owner, home)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    for one in (everything, some):
        deliveries.drain(desk.billing, receiver.poster(), one)
    feed = {fact.id: fact.as_event() for fact in facts.listed(desk.billing)}
    told = [one for one in receiver.taken if one.path == "/hooks"]
    assert [one.verify(secret) for one in told] == [one.event for one in told]
    assert all(feed[one.id] == one.event for one in receiver.taken)
    order = list(feed)
    of_plan = [
        one.id for one in told if plan.id in (one.event["subject"], one.event["data"].get("subscription"))
    ]
    assert of_plan == sorted(of_plan, key=order.index)
    assert {one.id for one in told} == {id_ for id_ in order if feed[id_]["data"].get("name") != "Before"}
    assert [one.event["type"] for one in receiver.taken if one.path == "/hooks/some"] == [
        "entitlements.changed",
        "subscription.cancelled",
        "entitlements.changed",
    ]
    assert {line[1:] for line in log(desk, everything)} == {("delivered", 1, None)}
    assert deliveries.drain(desk.billing, receiver.poster(), everything) == 0
    assert len(receiver.taken) == len(told) + 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("500", "HTTP 500"),
        ("302 /elsewhere", "HTTP 302: redirects are not followed"),
        ("lost", "ServerDisconnectedError: Server disconnected"),
        ("slow", "no answer within 2 seconds"),
    ],
)
def test_what_is_not_taken_is_sent_again_under_its_id(
    sqlite_desk: Desk, receiver: Receiver, answer: str, said: str
) -> None:
    desk = sqlite_desk
    one, secret = endpoint(desk, receiver)
    desk.property_of(desk.owner())
    receiver.answers = [answer]
    patience = 2 if answer == "slow" else 60
    assert deliveries.drain(desk.billing, receiver.poster(seconds=patience), one) == 0
    assert log(desk, one) == [("property.created", "failing", 1, said)]
    assert deliveries.busy(desk.billing) == []  # it waits
    age(desk, wait_after(1))
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 1
    first, second = receiver.taken
    assert first.id == second.id
    assert second.verify(secret) == first.event
    assert {taken.path for taken in receiver.taken} == {"/hooks"}
    assert log(desk, one) == [("property.created", "delivered", 2, None)]


def test_what_fails_holds_up_its_own_subscription_alone_and_is_given_up_after_three_days(
    desk: Desk, receiver: Receiver
) -> None:
    owner = desk.owner()
    one, _ = endpoint(desk, receiver, "subscription.created", "subscription.cancelled")
    bad, good = (desk.buy(owner, desk.property_of(owner, name)).id for name in ("Piazza", "Corso"))
    for plan in (bad, good):
        subscriptions.cancel(desk.billing, owner, plan, "Too dear")
    receiver.refused[bad] = "500"

    def told() -> list[tuple[str, str]]:
        deliveries.drain(desk.billing, receiver.poster(), one)
        new = [(taken.event["type"], taken.event["subject"]) for taken in receiver.taken]
        receiver.taken.clear()
        return new

    created, cancelled = "subscription.created", "subscription.cancelled"
    assert sorted(told()) == sorted([(created, bad), (created, good), (cancelled, good)])
    age(desk, timedelta(hours=7))
    assert told() == [(created, bad)]
    age(desk, timedelta(days=3))
    assert told() == [
        (created, bad),
        (cancelled, bad),
    ]  # the first is given up, the next one has its own days
    assert [line[:2] for line in log(desk, one)] == [
        (created, "dead"),
        (created, "delivered"),
        (cancelled, "failing"),
        (cancelled, "delivered"),
    ]
    receiver.refused.clear()
    (dead,) = webhook_endpoints.deliveries(desk.billing, one, status=DeliveryStatus.DEAD)
    assert webhook_endpoints.replay(desk.billing, one, dead.event) == 1
    age(desk, timedelta(hours=7))
    assert told() == [(created, bad), (cancelled, bad)]


def test_events_are_replayed_by_range_under_their_ids_also_what_was_before_the_endpoint(
    desk: Desk, receiver: Receiver
) -> None:
    owner = desk.owner()
    for name in ("Piazza", "Corso"):
        desk.property_of(owner, name)
    one, _ = endpoint(desk, receiver)
    desk.property_of(owner, "Largo")
    deliveries.drain(desk.billing, receiver.poster(), one)
    ids = [fact.id for fact in facts.listed(desk.billing)]
    assert receiver.ids == ids[2:]
    assert webhook_endpoints.replay(desk.billing, one, ids[1], ids[2]) == 2
    deliveries.drain(desk.billing, receiver.poster(), one)
    assert sorted(receiver.ids) == sorted([ids[1], ids[2], ids[2]])
    for wrong in (("whe_none", ids[0]), (one, "evt_none")):
        with pytest.raises(NotFound):
            webhook_endpoints.replay(desk.billing, *wrong)


def test_an_endpoint_that_is_gone_is_told_nothing_until_it_is_turned_on(
    sqlite_desk: Desk, receiver: Receiver
) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver)
    receiver.answers = ["500", "410", "500"]
    desk.property_of(owner, "Piazza")
    deliveries.drain(desk.billing, receiver.poster(), one)
    age(desk, wait_after(1))
    deliveries.drain(desk.billing, receiver.poster(), one)
    desk.property_of(owner, "Corso")
    age(desk, timedelta(days=5))
    assert deliveries.busy(desk.billing) == []
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 0
    (seen,) = webhook_endpoints.listed(desk.billing)
    assert (seen.off_since is not None, seen.last_error, len(receiver.taken)) == (True, "HTTP 410", 2)
    webhook_endpoints.enable(desk.billing, one)
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 1
    assert {line[1] for line in log(desk, one)} == {"failing", "delivered"}  # it has three days again


def test_who_asks_to_be_left_alone_is_and_then_gets_all_of_it(sqlite_desk: Desk, receiver: Receiver) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver)
    receiver.answers = ["429 120"]
    desk.property_of(owner, "Piazza")
    deliveries.drain(desk.billing, receiver.poster(), one)
    desk.property_of(owner, "Corso")
    age(desk, timedelta(seconds=110))
    assert (deliveries.busy(desk.billing), deliveries.claim(desk.billing, one)) == ([], [])
    age(desk, timedelta(seconds=11))
    assert deliveries.busy(desk.billing) == [one]
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 2


@pytest.mark.parametrize(
    "said",
    [
        "Mon Nov 30 12:00:00 2026",
        "Mon, 30 Nov 2026 12:00:00 -0000",
        "Mon, 30 Nov 2026 12:00:00 +99999999999999",
        "Mon, 30 Nov 999999999999999999999999 12:00:00 GMT",
        "in a while",
    ],
)
def test_an_odd_wish_to_be_left_alone_stops_nothing(sqlite_desk: Desk, receiver: Receiver, said: str) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver)
    odd, good = (desk.property_of(owner, name).id for name in ("Piazza", "Corso"))
    receiver.refused[odd] = f"503 {said}"
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 1
    assert [line[1:] for line in log(desk, one)] == [("failing", 1, "HTTP 503"), ("delivered", 1, None)]
    assert len(receiver.taken) == 2
    assert good in {taken.event["subject"] for taken in receiver.taken}


@pytest.mark.parametrize(
    "form", ["%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S -0000", "%a %b %d %H:%M:%S %Y"]
)
def test_a_moment_up_to_which_to_be_left_alone_is_in_utc_in_each_of_its_forms(
    sqlite_desk: Desk, receiver: Receiver, form: str
) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver)
    receiver.answers = [f"503 {datetime.now(UTC) + timedelta(hours=5):{form}}"]
    desk.property_of(owner)
    deliveries.drain(desk.billing, receiver.poster(), one)
    age(desk, timedelta(hours=4, minutes=50))
    assert deliveries.busy(desk.billing) == []
    age(desk, timedelta(minutes=11))
    assert deliveries.busy(desk.billing) == [one]


def test_whatever_befalls_one_try_the_others_are_known(receiver: Receiver) -> None:
    headers, no_headers = {"webhook-id": "evt_2"}, cast("dict[str, str]", {"webhook-id": 7})
    body = b'{"subject": "sub_1", "data": {}}'
    with receiver.poster()() as post:
        odd, fine = post([WebhookRequest(receiver.url, each, body) for each in (no_headers, headers)])
    assert (odd.status, odd.is_fine, (odd.error or "").partition(":")[0]) == (None, False, "TypeError")
    assert (fine, receiver.ids) == (WebhookReply(204), ["evt_2"])


def test_an_endpoint_that_is_back_after_long_gets_at_once_what_waits(
    sqlite_desk: Desk, receiver: Receiver
) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver)
    receiver.answers = ["503"] * 4
    desk.property_of(owner, "Piazza")
    for tries in range(1, 5):
        deliveries.drain(desk.billing, receiver.poster(), one)
        age(desk, wait_after(tries) if tries < 4 else timedelta())
    desk.property_of(owner, "Corso")
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 2
    assert len(set(receiver.ids)) == 2


def test_the_operator_sees_how_long_what_waits_has_waited(desk: Desk, receiver: Receiver) -> None:
    owner = desk.owner()
    one, _ = endpoint(desk, receiver)

    def seen() -> tuple[int, int, int, int]:
        now = gauges.read(desk.billing)
        return now.webhooks.count, int(now.webhooks.seconds), now.dead_webhooks, now.endpoints_off

    assert seen() == (0, 0, 0, 0)
    desk.property_of(owner)
    desk.clock.now += timedelta(seconds=40)
    assert seen() == (0, 40, 0, 0)  # nobody has begun
    receiver.answers = ["500", "500", "410"]
    for waited in (timedelta(days=4), timedelta()):
        deliveries.drain(desk.billing, receiver.poster(), one)
        assert seen()[0] == (1 if waited else 0)
        age(desk, waited)
    assert seen() == (0, 0, 1, 0)
    desk.property_of(owner, "Corso")
    deliveries.drain(desk.billing, receiver.poster(), one)
    assert seen() == (0, 0, 1, 1)


def test_two_secrets_sign_for_a_day_after_a_rotation(sqlite_desk: Desk, receiver: Receiver) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, old = endpoint(desk, receiver)
    _, new = webhook_endpoints.rotate_secret(desk.billing, one)
    with desk.billing.read("test") as work:
        kept = work.session.get_one(WebhookEndpoint, one)
        assert not {old, new} & {kept.secret, kept.former_secret}
    for name in ("Piazza", "Corso"):
        desk.property_of(owner, name)
        deliveries.drain(desk.billing, receiver.poster(), one)
        age(desk, timedelta(hours=25))
    beside, after = receiver.taken
    assert beside.verify(old) == beside.verify(new) == beside.event
    assert after.verify(new) == after.event
    with pytest.raises(WebhookVerificationError):
        after.verify(old)


def test_a_secret_whose_answer_was_lost_is_rotated_again_and_the_receivers_own_still_signs(
    sqlite_desk: Desk, receiver: Receiver
) -> None:
    old_key, new_key_ = new_key(), new_key()
    desk = replace(sqlite_desk, billing=replace(sqlite_desk.billing, cipher=FernetCipher([old_key])))
    one, first = endpoint(desk, receiver)
    secrets = [first, *(webhook_endpoints.rotate_secret(desk.billing, one)[1] for _ in range(2))]
    both = replace(desk.billing, cipher=FernetCipher([new_key_, old_key]))
    assert webhook_endpoints.encrypt_anew(both) == 1
    desk = replace(desk, billing=replace(desk.billing, cipher=FernetCipher([new_key_])))
    desk.property_of(desk.owner())
    deliveries.drain(desk.billing, receiver.poster(), one)
    (told,) = receiver.taken
    assert [told.verify(secret) for secret in secrets] == [told.event] * 3
    for _ in range(9):
        webhook_endpoints.rotate_secret(desk.billing, one)
    desk.property_of(desk.owner(), "Corso")
    deliveries.drain(desk.billing, receiver.poster(), one)
    assert len(receiver.taken[1].headers["webhook-signature"].split()) == 1 + MAX_FORMER


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_secret_that_is_rotated_while_a_command_encrypts_anew_is_what_it_encrypts(
    desk: Desk, receiver: Receiver
) -> None:
    old, new = new_key(), new_key()
    both = replace(desk.billing, cipher=FernetCipher([new, old]))
    one, _ = endpoint(replace(desk, billing=replace(desk.billing, cipher=FernetCipher([old]))), receiver)
    with ThreadPoolExecutor(1) as pool:
        with desk.billing.engine.begin() as rotating:
            kept = {"secret": FernetCipher([old]).encrypt("whsec_rotated")}
            rotating.execute(text("UPDATE webhook_endpoints SET secret = :secret"), kept)
            encrypting = once_it_waits(desk, pool.submit(webhook_endpoints.encrypt_anew, both))
        assert encrypting.result() == 1
    with desk.billing.read("test") as work:
        secret = work.session.get_one(WebhookEndpoint, one).secret
    assert FernetCipher([new]).decrypt(secret) == "whsec_rotated"


def test_who_is_killed_between_sending_and_writing_it_down_is_followed_by_one_who_sends_it_again(
    desk: Desk, receiver: Receiver
) -> None:
    owner = desk.owner()
    one, _ = endpoint(desk, receiver, "subscription.created", "subscription.cancelled")
    plan = desk.buy(owner, desk.property_of(owner)).id
    subscriptions.cancel(desk.billing, owner, plan, "Too dear")
    deliveries.queue(desk.billing, one)
    (held,) = deliveries.claim(desk.billing, one)
    with receiver.poster()() as post:
        post(deliveries._requests(desk.billing, one, [held]))
    # It is killed here. Nobody sends it, nor what comes after it, while it could be at work.
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 0
    age(desk, timedelta(seconds=61))
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 2
    assert receiver.ids == [receiver.ids[0], receiver.ids[0], receiver.ids[2]]
    assert [taken.event["type"] for taken in receiver.taken[1:]] == [
        "subscription.created",
        "subscription.cancelled",
    ]


def test_workers_at_once_send_each_event_once(desk: Desk, receiver: Receiver) -> None:
    owner = desk.owner()
    one, _ = endpoint(desk, receiver)
    for number in range(12):
        desk.property_of(owner, f"Shop {number}")

    def work() -> None:
        deliveries.drain(desk.billing, receiver.poster(), one)

    at_once(work, work, work)
    work()
    assert sorted(receiver.ids) == [fact.id for fact in facts.listed(desk.billing)]


def test_a_slow_endpoint_delays_no_other(sqlite_desk: Desk, receiver: Receiver, tmp_path: Path) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    with receiving(tmp_path / "slow") as slow:
        poster = replace_trust(receiver, slow, tmp_path)
        endpoint(desk, slow)
        endpoint(desk, receiver)
        slow.answers = ["slow"] * 9
        desk.property_of(owner, "Piazza")
        working = Thread(target=drain_webhooks, args=(desk.billing, poster))
        working.start()
        assert slow.came.wait(MAX_SECONDS)
        assert receiver.came.wait(MAX_SECONDS)
        receiver.came.clear()
        desk.property_of(owner, "Corso")
        assert receiver.came.wait(MAX_SECONDS)
        desk.billing.stopping.set()
        slow.go_on.set()
        working.join(MAX_SECONDS)
    assert (len(receiver.taken), len(slow.taken)) == (2, 1)


def test_many_slow_endpoints_delay_no_other_once_they_are_known_to_be_slow(
    sqlite_desk: Desk, receiver: Receiver, tmp_path: Path
) -> None:
    """Each takes the first of its events late, and then the next one: as many as there are threads for all."""
    desk, owner = sqlite_desk, sqlite_desk.owner()
    all_busy = Event()
    with receiving(tmp_path / "slow") as slow:
        poster = replace_trust(receiver, slow, tmp_path)
        for number in range(ENDPOINTS_AT_A_TIME):
            endpoint(desk, slow, *OF_ONE_PLAN, path=f"/{number}")
        endpoint(desk, receiver, *OF_ONE_PLAN)
        desk.buy(owner, desk.property_of(owner))
        slow.answers = ["held"] * ENDPOINTS_AT_A_TIME * len(OF_ONE_PLAN)
        slow.then = lambda _: all_busy.set() if len(slow.taken) == ENDPOINTS_AT_A_TIME else None
        working = Thread(target=drain_webhooks, args=(desk.billing, poster), kwargs={"slow_seconds": 0.0})
        working.start()
        assert all_busy.wait(MAX_SECONDS)
        assert receiver.taken == []
        slow.passes.release(ENDPOINTS_AT_A_TIME)
        assert receiver.came.wait(MAX_SECONDS)
        assert len(slow.taken) <= ENDPOINTS_AT_A_TIME + SLOW_ENDPOINTS_AT_A_TIME
        desk.billing.stopping.set()
        slow.passes.release(len(slow.answers) + len(slow.taken))
        working.join(MAX_SECONDS)
    assert not working.is_alive()


def test_a_turn_ends_with_a_slow_batch_and_the_rest_waits_for_the_next(
    sqlite_desk: Desk, receiver: Receiver
) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    one, _ = endpoint(desk, receiver, *OF_ONE_PLAN)
    desk.buy(owner, desk.property_of(owner))
    assert deliveries.take_turn(desk.billing, receiver.poster(), one, slow_seconds=0.0) is True
    assert len(receiver.taken) == 1
    assert deliveries.take_turn(desk.billing, receiver.poster(), one) is False
    assert sorted(one.event["type"] for one in receiver.taken) == sorted(OF_ONE_PLAN)


def replace_trust(one: Receiver, other: Receiver, folder: Path) -> Callable[[], object]:
    """A poster that trusts both."""
    both = folder / "both.pem"
    both.write_bytes(Path(one.ca_file).read_bytes() + Path(other.ca_file).read_bytes())
    return replace(one, ca_file=str(both)).poster()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nothing_goes_to_an_address_that_is_not_public(
    sqlite_desk: Desk, receiver: Receiver, host: str
) -> None:
    desk = sqlite_desk
    one, _ = webhook_endpoints.create(desk.billing, receiver.url.replace("127.0.0.1", host))
    desk.property_of(desk.owner())
    assert deliveries.drain(desk.billing, receiver.poster(private=False), one.id) == 0
    assert receiver.taken == []
    ((*_, error),) = log(desk, one.id)
    assert "is no public address" in (error or "")


def test_whom_nobody_vouches_for_is_told_nothing(
    sqlite_desk: Desk, receiver: Receiver, tmp_path: Path
) -> None:
    desk = sqlite_desk
    one, _ = endpoint(desk, receiver)
    desk.property_of(desk.owner())
    with receiving(tmp_path / "other") as other:
        assert deliveries.drain(desk.billing, other.poster(), one) == 0
    assert receiver.taken == []
    assert "CERTIFICATE_VERIFY_FAILED" in (log(desk, one)[0][3] or "")


PRIVATE = (
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 "
    "240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fd00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 "
    "64:ff9b::7f00:1 2002:7f00:1:: fec0::1 febf::1 feff::1 3fff::1 192.0.0.8 192.88.99.1 ::ffff:192.0.0.8"
)


def test_addresses_that_are_not_public_are_known_in_each_form() -> None:
    assert [address for address in PRIVATE.split() if is_public(address)] == []
    assert all(map(is_public, ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://",
        "https://user:word@example.com/",
        "https://example.com/#there",
        "https://example.com:99999/",
        "https://exam ple.com/",
        "https://esémpio.it/",
        "https://[::1/",
        f"https://{'a' * 64}.example/",
        f"https://example.com/{'a' * 500}",
        "file:///etc/passwd",
    ],
)
def test_what_can_be_no_endpoint_is_refused(sqlite_desk: Desk, url: str) -> None:
    with pytest.raises(Unfit):
        endpoint_url(url)
    with pytest.raises(Unfit):
        webhook_endpoints.create(sqlite_desk.billing, url)


def test_a_copy_of_the_books_sends_nothing_and_can_be_silenced(sqlite_desk: Desk, receiver: Receiver) -> None:
    desk = sqlite_desk
    one, _ = endpoint(desk, receiver)
    desk.property_of(desk.owner())
    copies.hold(desk.billing, "A drill.")
    assert (deliveries.busy(desk.billing), deliveries.drain(desk.billing, receiver.poster(), one)) == ([], 0)
    webhook_endpoints.delete(desk.billing, one)
    assert (webhook_endpoints.listed(desk.billing), receiver.taken) == ([], [])


def test_what_arrived_is_forgotten_after_thirty_days_and_what_is_given_up_is_not(
    desk: Desk, receiver: Receiver
) -> None:
    owner = desk.owner()
    one, _ = endpoint(desk, receiver)
    desk.property_of(owner, "Piazza")
    deliveries.drain(desk.billing, receiver.poster(), one)
    receiver.answers = ["500", "500"]
    desk.property_of(owner, "Corso")
    deliveries.drain(desk.billing, receiver.poster(), one)
    age(desk, timedelta(days=4))
    deliveries.drain(desk.billing, receiver.poster(), one)
    age(desk, timedelta(days=25))
    assert deliveries.forget_delivered(desk.billing) == 0
    age(desk, timedelta(days=2))
    assert deliveries.forget_delivered(desk.billing) == 1
    assert [line[1] for line in log(desk, one)] == ["dead"]
    webhook_endpoints.delete(desk.billing, one)


def test_an_endpoint_that_is_deleted_while_it_is_told_leaves_nothing_behind(
    sqlite_desk: Desk, receiver: Receiver
) -> None:
    desk = sqlite_desk
    one, _ = endpoint(desk, receiver)
    desk.property_of(desk.owner())
    deliveries.queue(desk.billing, one)
    held = deliveries.claim(desk.billing, one)
    webhook_endpoints.delete(desk.billing, one)
    assert deliveries.mark(desk.billing, one, [(held[0], WebhookReply(204))]) == 0
    assert deliveries.drain(desk.billing, receiver.poster(), one) == 0
