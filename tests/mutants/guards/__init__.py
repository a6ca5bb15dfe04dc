"""The guards: where each stands, what the code is without it, and which tests have to miss it.

A guard that stands twice is not in the list: without one of the two nothing is different. Two locks are taken
before a payment is settled; a row of due work that fails is caught by itself and once more by its step; a
message of which nobody remembers that it was posted is looked for; the newest invoices are asked for by
workspace twice; names have no line breaks when they come to a mail's subject.
"""

from __future__ import annotations

from tests.mutants.guards.approvals import APPROVALS
from tests.mutants.guards.conversation import PAGES, WORDS
from tests.mutants.guards.money import MONEY, NUMBERS, REFUNDS, SCHEDULE
from tests.mutants.guards.sellers_side import SELLERS_SIDE
from tests.mutants.guards.storage import DATABASE, KEPT, PRICES, WORKSPACES
from tests.mutants.guards.warnings import WARNINGS

MUTANTS = (
    *MONEY,
    *SCHEDULE,
    *DATABASE,
    *WORKSPACES,
    *WORDS,
    *PAGES,
    *SELLERS_SIDE,
    *APPROVALS,
    *WARNINGS,
    *REFUNDS,
    *NUMBERS,
    *KEPT,
    *PRICES,
)
