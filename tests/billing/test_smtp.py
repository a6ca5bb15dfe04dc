"""SMTP as it is spoken: TLS whose certificate is verified, passwords, and whose fault a refusal is."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from billing.adapters.mail import SmtpMailer
from billing.adapters.mail.smtp import MOST_BY_ONE
from billing.bootstrap import post_of
from billing.ports import MailDeferred, MailRejected, MailServerUnavailable
from billing.services.purchases import purchase
from billing.settings import BillingSettings
from tests.billing.desk import Desk
from tests.mailboxes import PASSWORD, Authority, Box, running_box

LOGIN = f"billing:{quote(PASSWORD.decode(), safe='')}@"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Vouches for a server of another name."""
    return Authority.make(tmp_path_factory.mktemp("elsewhere"), "mail.example")


def a_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "a@venditore.example", "b@esempio.example"
    message["Subject"] = "Fattura"
    message.set_content("Ecco")
    return message


def test_smtp_speaks_tls_as_soon_as_it_is_offered(authority: Authority) -> None:
    box = Box()
    with running_box(box, starttls=authority.server) as address:
        SmtpMailer(f"smtp://{address}", authority.ca_file).send(a_mail())
    assert box.over_tls == [True]


def test_smtps_speaks_tls_from_the_first_word(authority: Authority) -> None:
    box = Box()
    with running_box(box, smtps=authority.server) as address:
        SmtpMailer(f"smtps://{address}", authority.ca_file).send(a_mail())
    assert box.over_tls == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_for_which_nobody_vouches_gets_no_mail(authority: Authority, scheme: str) -> None:
    box, context = Box(), authority.server
    starttls, smtps = (context, None) if scheme == "smtp" else (None, context)
    refuses = pytest.raises(MailServerUnavailable, match="CERTIFICATE_VERIFY_FAILED")
    with running_box(box, starttls=starttls, smtps=smtps) as address, refuses:
        SmtpMailer(f"{scheme}://{address}").send(a_mail())
    assert box.taken == []


def test_a_certificate_of_another_name_gets_no_mail(elsewhere: Authority) -> None:
    box = Box()
    refuses = pytest.raises(MailServerUnavailable, match="IP address mismatch")
    with running_box(box, starttls=elsewhere.server) as address, refuses:
        SmtpMailer(f"smtp://{address}", elsewhere.ca_file).send(a_mail())
    assert box.taken == []


def test_a_ca_file_that_is_not_there_sends_nothing_unverified(authority: Authority, tmp_path: Path) -> None:
    with running_box(Box(), starttls=authority.server) as address, pytest.raises(MailServerUnavailable):
        SmtpMailer(f"smtp://{address}", str(tmp_path / "none.pem")).send(a_mail())


def test_an_authority_that_is_written_into_the_file_later_is_trusted_at_the_next_try(
    authority: Authority, elsewhere: Authority, tmp_path: Path
) -> None:
    box, trusted = Box(), tmp_path / "authorities.pem"
    trusted.write_bytes(Path(elsewhere.ca_file).read_bytes())
    with running_box(box, starttls=authority.server) as address:
        mailer = SmtpMailer(f"smtp://{address}", str(trusted))
        with pytest.raises(MailServerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            mailer.send(a_mail())
        trusted.write_bytes(Path(authority.ca_file).read_bytes())
        mailer.send(a_mail())
    assert box.over_tls == [True]


def test_who_has_a_password_logs_in(authority: Authority) -> None:
    box = Box()
    with running_box(box, starttls=authority.server, login=True) as address:
        SmtpMailer(f"smtp://{LOGIN}{address}", authority.ca_file).send(a_mail())
    assert (box.logged_in, len(box.taken)) == ([b"billing"], 1)


def test_a_password_is_not_sent_in_the_clear_to_what_is_not_known_to_be_this_machine() -> None:
    """`127.1` is another writing of it, which nobody vouches for."""
    box = Box()
    with running_box(box, login=True) as address, pytest.raises(MailServerUnavailable, match="in the clear"):
        SmtpMailer(f"smtp://{LOGIN}{address.replace('127.0.0.1', '127.1')}").send(a_mail())
    assert (box.logged_in, box.taken) == ([], [])


def test_a_wrong_password_refuses_no_mail(authority: Authority) -> None:
    """The server answers 535, which is about us: all mail waits until the operator has looked."""
    box = Box()
    refuses = pytest.raises(MailServerUnavailable, match="535")
    with running_box(box, starttls=authority.server, login=True) as address, refuses:
        SmtpMailer(f"smtp://billing:wrong@{address}", authority.ca_file).send(a_mail())
    assert box.taken == []


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        ({"answers": ["554 no"]}, MailRejected),
        ({"answers": ["552 too large"]}, MailRejected),
        ({"answers": ["451 later"]}, MailDeferred),
        ({"answers": ["cut"]}, MailDeferred),
        ({"to_recipients": ["550 nobody"]}, MailRejected),
        ({"to_recipients": ["450 busy"]}, MailDeferred),
        ({"from_senders": ["550 not you"]}, MailServerUnavailable),
        ({"from_senders": ["552 too large"]}, MailRejected),
    ],
    ids=str,
)
def test_whose_fault_a_refusal_is(answers: dict[str, Any], trouble: type[Exception]) -> None:
    with running_box(replace(Box(), **answers)) as address, pytest.raises(trouble):
        SmtpMailer(f"smtp://{address}").send(a_mail())


def test_a_server_that_is_away_is_away() -> None:
    with pytest.raises(MailServerUnavailable, match="ConnectionRefusedError"):
        SmtpMailer("smtp://127.0.0.1:9").send(a_mail())


def test_the_settings_name_the_server_and_whose_word_is_taken_for_it(
    sqlite_desk: Desk, authority: Authority
) -> None:
    billing = replace(sqlite_desk.billing, mails=True)
    owner = sqlite_desk.owner()
    order = sqlite_desk.order(owner, sqlite_desk.property_of(owner))
    purchase(billing, owner, replace(order, receipts_to="uowner@example.com"), key="one click")
    box = Box()
    with running_box(box, starttls=authority.server) as address:
        settings = BillingSettings(
            smtp_url=f"smtp://{address}",
            smtp_ca_file=authority.ca_file,
            seller_email="fatture@venditore.example",
        )
        post = post_of(settings, billing)
        assert post is not None
        assert post() == 1
    assert (box.over_tls, str(box.taken[0]["From"])) == ([True], "fatture@venditore.example")
    assert post_of(BillingSettings(), billing) is None


def sent_in_one_session(box: Box, authority: Authority, mails: int) -> None:
    with running_box(box, starttls=authority.server, login=True) as address:
        mailer = SmtpMailer(f"smtp://{LOGIN}{address}", authority.ca_file)
        with mailer.session() as session:
            for _ in range(mails):
                with session.connected() as connection:
                    connection.send(a_mail())


def test_many_mails_of_a_session_take_one_handshake_and_one_login(authority: Authority) -> None:
    box = Box()
    sent_in_one_session(box, authority, MOST_BY_ONE + 1)
    assert (len(box.taken), len(box.logged_in)) == (MOST_BY_ONE + 1, 2)


def test_a_server_that_hung_up_between_two_mails_is_connected_to_anew(authority: Authority) -> None:
    class ImpatientBox(Box):
        async def handle_NOOP(self, *_: object) -> str:
            return "421 you were idle for too long"

    box = ImpatientBox()
    sent_in_one_session(box, authority, 2)
    assert (len(box.taken), len(box.logged_in)) == (2, 2)


def test_after_trouble_a_connection_is_not_used_again(authority: Authority) -> None:
    box = Box(answers=["451 later"])
    with running_box(box, starttls=authority.server, login=True) as address:
        mailer = SmtpMailer(f"smtp://{LOGIN}{address}", authority.ca_file)
        with mailer.session() as session:
            with pytest.raises(MailDeferred), session.connected() as connection:
                connection.send(a_mail())
            with session.connected() as connection:
                connection.send(a_mail())
    assert (len(box.taken), len(box.logged_in)) == (1, 2)
