"""Whose billing it is, who may see it and what they did: ordinary people, and some with names that trick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from billing.services.verify import INVARIANTS
from billing.values.actors import Role
from billing.values.addresses import LIMITS, BillingAddress
from billing.values.channels import ChannelProblem
from billing.values.companies import LIMITS as company_limits
from billing.values.companies import Company
from billing.values.contacts import ContactKind
from billing.values.holds import HoldReason, WhyHeld
from billing.values.snapshots import (
    ChannelTrouble,
    ContactSnapshot,
    Health,
    MemberSnapshot,
    MembersPage,
    PropertySnapshot,
)

PURCHASED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


ENDS = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)


HOSTILE_TEXT = '<!channel> *x* _y_ ~z~ `q` <http://a|b> & "'


@dataclass(frozen=True)
class People:
    """What people typed: the names of everything."""

    text: str
    address: BillingAddress | None

    def __str__(self) -> str:
        return self.text[:12]

    def name(self, ordinary: str) -> str:
        return self.text or ordinary


def address_of(text: str) -> BillingAddress:
    return BillingAddress(country="IT", **{name: text[:limit] for name, limit in LIMITS.items()})


ORDINARY = People("", BillingAddress("Piazza S.r.l.", "Via Garibaldi 12", "Milano", "IT", "20121", "MI"))


HOSTILE = People(HOSTILE_TEXT, address_of(HOSTILE_TEXT))


LONG = People("W" * 80, address_of("W" * 120))


ALL_ENTITIES = People("&" * 80, address_of("&" * 120))


def company(people: People) -> Company:
    """With every number that can be typed."""
    if people.text:
        return Company(**{name: people.text[:limit] for name, limit in company_limits.items()})
    return Company(
        "Piazza Holding S.r.l.", "IT00743110157", "00743110157", "M5UXCR1", "piazza@pec.example", "PO 7"
    )


def prop(people: People, role: Role = Role.ADMIN, number: int = 0) -> PropertySnapshot:
    return PropertySnapshot(f"prop_{number}", people.name("Piazza"), "Europe/Rome", role, "C1")


def buyer_typed(people: People) -> dict[str, str]:
    """Who was typed in the form of a buyer, each field as long as it may be."""
    address = people.address or address_of("n")
    return {**address.as_dict(), "country": "DE", "vat_number": "DE136695976"}


def members_page(people: People, role: Role, page: int = 2) -> MembersPage:
    shown = tuple(
        MemberSnapshot(
            f"U{number}", people.name(f"Anna {number}"), role, (people.name("AI Assist"),) * number
        )
        for number, role in enumerate(Role)
    )
    return MembersPage(prop(people, role), shown * 2, page, 3, 20)


def healths(people: People) -> Iterator[Health]:
    yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", ENDS)
    yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", None)
    for reason in HoldReason:
        held = WhyHeld(reason, people.name("2"))
        yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", ENDS, held=held)
    for count in (1, 2):
        yield Health(
            len(INVARIANTS),
            INVARIANTS[:count],
            PURCHASED,
            count,
            PURCHASED,
            (people.name("AI Assist"),) * count,
            "Europe/Rome",
            ENDS,
        )
    yield Health(len(INVARIANTS), INVARIANTS, PURCHASED, 1000, PURCHASED, (), "Europe/Rome", ENDS)
    for problem in ChannelProblem:
        troubles = (ChannelTrouble("C1", problem, PURCHASED), ChannelTrouble("C2", problem, PURCHASED))
        yield Health(len(INVARIANTS), (), None, 1, PURCHASED, (), "Europe/Rome", ENDS, *troubles)


def contacts_of(people: People) -> Iterator[ContactSnapshot]:
    """Members and addresses, and each way in which mail does not come."""
    kinds = tuple(ContactKind)
    for number, (address, is_here, code) in enumerate(
        (("a@b.example", True, None), (None, False, None), ("c@b.example", True, 550))
    ):
        name = people.name(f"Anna {number}")
        yield ContactSnapshot(
            f"con_{number}", f"U{number}", name, address, kinds, True, None, code, is_here=is_here
        )
    for number, (confirmed, code) in enumerate(((True, None), (False, None), (False, 554)), 3):
        address = f"{number}{'x' * 60}@studio.example"
        yield ContactSnapshot(
            f"con_{number}", None, address, address, kinds[:1], confirmed, PURCHASED, code, is_here=True
        )
