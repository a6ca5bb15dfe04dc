"""Migrations say whether they expand or contract, and are it: processes of the version before live with them."""

from __future__ import annotations

from textwrap import indent

import pytest

from billing.adapters.database import ROOT, migrations
from tests.house.migration_kinds import faults_of_kind

# What came before runs while nothing else does.
FIRST = "0040"

HEAD = '''"""{docstring}."""

{kind}
revision = "0042"
{more}

def upgrade() -> None:
{body}


def downgrade() -> None:
    op.drop_table("tips")
'''
LATE_COLUMN = "a column added to a table that is there is written out, and NULL or with a server_default"
UNIQUE = "a unique index on a table that is there refuses what old processes write"
NOT_SAID = 'it does not say what it is: KIND = "expand" or KIND = "contract"'
NOT_WRITTEN = "a table that it changes or refers to is not written out"
TWO = "it locks payments and subscriptions, which are there: one a migration"
NO_SINCE = "its docstring does not say of an earlier revision: nothing uses it since NNNN"


def source(body: str, *, kind: str = 'KIND = "expand"', docstring: str = "Tips", more: str = "") -> str:
    return HEAD.format(docstring=docstring, kind=kind, more=more, body=indent(body, "    "))


def test_every_migration_is_what_it_says() -> None:
    paths = sorted((migrations() / "versions").glob("[0-9]*.py"))
    faults = {
        path.name: faults_of_kind(path.read_text(encoding="utf-8")) for path in paths if path.name >= FIRST
    }
    assert {name: said for name, said in faults.items() if said} == {}


def test_every_contract_is_named_where_upgrades_are_described() -> None:
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    contracts = [
        path.name[:4]
        for path in (migrations() / "versions").glob("[0-9]*.py")
        if 'KIND = "contract"' in path.read_text(encoding="utf-8")
    ]
    assert [revision for revision in contracts if f"| {revision} " not in described] == []


@pytest.mark.parametrize(
    "body",
    [
        'op.create_table("tips", sa.Column("id", sa.String(40), nullable=False))\n'
        'op.create_index(op.f("uq_tips"), "tips", ["id"], unique=True)\n'
        'op.add_column("tips", sa.Column("late", sa.Integer(), nullable=False))',
        'op.create_index("ix_payments_due", "payments", ["due_at"])',
        'op.add_column("payments", sa.Column("note", sa.Text()))',
        'op.add_column("payments", sa.Column("note", sa.Text(), nullable=True))',
        'op.add_column("payments", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))',
        "op.execute(\"UPDATE payments SET note = 'dropped' WHERE note IS NULL\")",
        '"""Nothing is left to drop."""\nop.get_bind()',
        'op.create_table("tips", sa.ForeignKeyConstraint(["payment"], ["payments.workspace_id", "payments.id"]))\n'
        'op.create_table("votes", sa.ForeignKeyConstraint(["tip"], ["tips.id"]))\n'
        'op.add_column("payments", sa.Column("note", sa.Text()))',
    ],
)
def test_an_expand_adds(body: str) -> None:
    assert faults_of_kind(source(body)) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('op.drop_column("payments", "fingerprint")', "drop_column is not for an expand"),
        ('op.drop_index("ix_payments_due")', "drop_index is not for an expand"),
        ('op.rename_table("payments", "moneys")', "rename_table is not for an expand"),
        ('op.alter_column("payments", "note", nullable=False)', "alter_column is not for an expand"),
        (
            'op.create_check_constraint("ck", "payments", "tries > 0")',
            "create_check_constraint is not for an expand",
        ),
        ('with op.batch_alter_table("payments"):\n    pass', "batch_alter_table is not for an expand"),
        ('take = op.drop_table\ntake("payments")', "drop_table is not for an expand"),
        ('op.execute(f"ALTER TABLE {name}\\n  RENAME TO moneys")', "RENAME is not for an expand"),
        ('op.execute("drop trigger noted")', "drop is not for an expand"),
        (
            'op.execute("ALTER TABLE payments ALTER  COLUMN note TYPE text")',
            "ALTER COLUMN is not for an expand",
        ),
        ('op.execute(f"ALTER {note} SET NOT NULL")', "SET NOT NULL is not for an expand"),
        ('op.execute("ALTER TABLE payments ADD COLUMN note text")', "ADD COLUMN is not for an expand"),
        (
            'op.execute("ALTER TABLE payments ADD CONSTRAINT ck CHECK (true)")',
            "ADD CONSTRAINT is not for an expand",
        ),
        ('op.execute("CREATE UNIQUE INDEX uq ON payments (note)")', "CREATE UNIQUE is not for an expand"),
        ('op.get_bind().execute(sa.text("DELETE FROM payments"))', "DELETE FROM is not for an expand"),
        ('op.execute("TRUNCATE payments")', "TRUNCATE is not for an expand"),
        ('op.create_index("uq_payments", "payments", ["note"], unique=True)', UNIQUE),
        ('op.add_column("payments", sa.Column("note", sa.Text(), nullable=False))', LATE_COLUMN),
        ('op.add_column("payments", sa.Column("note", sa.Text(), nullable=needed))', LATE_COLUMN),
        ('op.add_column("payments", sa.Column("note", sa.Text(), **options))', LATE_COLUMN),
        ('op.add_column("payments", note())', LATE_COLUMN),
        ('op.add_column("payments", column)', LATE_COLUMN),
        ('for name in BUSY:\n    op.create_index("ix_note", name, ["note"])', NOT_WRITTEN),
        ('op.create_index("ix_note", table_name="payments", columns=["note"])', NOT_WRITTEN),
        ('op.create_table("tips", sa.Column("payment", sa.ForeignKey(payment)))', NOT_WRITTEN),
        (
            'op.add_column("payments", sa.Column("note", sa.Text()))\n'
            'op.create_index("ix_note", "subscriptions", ["note"])',
            TWO,
        ),
        (
            'op.add_column("payments", sa.Column("note", sa.Text()))\n'
            'op.create_table("tips", sa.ForeignKeyConstraint(["plan"], ["subscriptions.id"]))',
            TWO,
        ),
        (
            'op.add_column("payments", sa.Column("note", sa.Text()))\n'
            'op.create_table("tips", sa.Column("plan", sa.ForeignKey("subscriptions.id")))',
            TWO,
        ),
        (
            'op.add_column("payments", sa.Column("note", sa.Text()))\nop.execute("UPDATE  subscriptions SET x = 1")',
            TWO,
        ),
    ],
)
def test_an_expand_takes_nothing_away(body: str, fault: str) -> None:
    assert faults_of_kind(source(body)) == [fault]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (
            'op.create_table(name)\nop.create_index("uq_payments", named, ["note"], unique=True)',
            [UNIQUE, NOT_WRITTEN],
        ),
        ('op.add_column(table_name="payments", column=column)', [LATE_COLUMN, NOT_WRITTEN]),
    ],
)
def test_an_expand_is_written_out(body: str, faults: list[str]) -> None:
    assert faults_of_kind(source(body)) == faults


def test_what_an_expand_calls_or_names_is_looked_at_and_what_it_does_not_is_not() -> None:
    more = 'TAKEN = "DROP TABLE payments"\n\ndef take() -> None:\n    op.execute(TAKEN)\n'
    assert faults_of_kind(source("take()", more=more)) == ["DROP is not for an expand"]
    assert faults_of_kind(source("op.get_bind()", more=more)) == []


@pytest.mark.parametrize(
    ("kind", "docstring", "faults"),
    [
        ('KIND = "contract"', "The fingerprint goes; nothing uses it since 0041", []),
        ('KIND = "contract"', "The fingerprint goes", [NO_SINCE]),
        ('KIND = "contract"', "The fingerprint goes; nothing uses it since 0042", [NO_SINCE]),
        ("", "The fingerprint goes", [NOT_SAID]),
        ('KIND = "both"', "The fingerprint goes", [NOT_SAID]),
    ],
)
def test_a_contract_says_since_when_nothing_uses_what_it_takes(
    kind: str, docstring: str, faults: list[str]
) -> None:
    taking = 'op.drop_column("payments", "fingerprint")'
    assert faults_of_kind(source(taking, kind=kind, docstring=docstring)) == faults
