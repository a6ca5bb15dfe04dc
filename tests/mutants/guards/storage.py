"""Guards of what is stored: whose it is, how it is connected to, kept and looked up."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DATABASE = (
    Mutant(
        "SQLite does not wait for the disk",
        "billing/adapters/database.py",
        "synchronous=FULL",
        "synchronous=OFF",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a connection is waited for without an end",
        "billing/adapters/postgresql.py",
        '{"connect_timeout": CONNECT_SECONDS, **TCP_LIVENESS}',
        "{**TCP_LIVENESS}",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a connection that broke is used again",
        "billing/adapters/postgresql.py",
        "            if not connection.invalidated:\n",
        "            if True:\n",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a process goes by its machine's clock",
        "billing/adapters/clock.py",
        "        if self._ahead is None:\n",
        "        if True:\n",
        ("tests/billing/test_clock.py",),
    ),
    Mutant(
        "what a statement was given is written into errors",
        "billing/adapters/database.py",
        "at, pool_size=POOL, hide_parameters=True,",
        "at, pool_size=POOL,",
        ("tests/billing/test_secrets.py", "tests/billing/test_work.py"),
    ),
    Mutant(
        "the database does not keep a turn to its workspace",
        "billing/adapters/postgresql.py",
        "    if workspace_id is not None:\n        words",
        "    if workspace_id == 0:\n        words",
        ("tests/billing/test_workspace_lock.py",),
    ),
    Mutant(
        "a glance is kept to no workspace",
        "billing/adapters/postgresql.py",
        "BEGIN; {kept}; {asked}; COMMIT",
        "BEGIN; {asked}; COMMIT",
        ("tests/billing/test_workspace_lock.py",),
    ),
)
WORKSPACES = (
    Mutant(
        "memberships of all workspaces are seen",
        "billing/queries/members.py",
        """            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.name, Property.id)""",
        """            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.name, Property.id)""",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "roles in a property of another workspace count",
        "billing/queries/members.py",
        """            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
            Member.user_id""",
        """            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
            Member.user_id""",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "admins and members of all workspaces are told",
        "billing/queries/members.py",
        """OF_PROPERTY = (
    Member.workspace_id == bindparam("workspace_id"),
""",
        "OF_PROPERTY = (\n",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "invoices of all workspaces are listed",
        "billing/queries/invoices.py",
        '.where(Invoice.workspace_id == bindparam("workspace_id"), which)',
        ".where(which)",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "the API reads no further than one workspace asks, and answers with all",
        "billing/queries/listings.py",
        '        which.append(model.workspace_id == bindparam("workspace_id"))\n',
        "        pass\n",
        ("tests/api/test_reading.py",),
    ),
)
KEPT = (
    Mutant(
        "a page is shown whatever its rows say by now",
        "billing/kept.py",
        "if not still(kept.answers):",
        "if False:",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept though there is more to ask for",
        "billing/work.py",
        "(*of_seller, *of_property)",
        "of_seller",
        ("tests/billing/test_kept_pages.py",),
    ),
)
PRICES = (
    Mutant(
        "SQLite guesses how many rows a key finds",
        "billing/adapters/migration_steps.py",
        """            if context.dialect.name == "sqlite":
                estimate(context.connection)
""",
        "",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
    Mutant(
        "SQLite reads all payments to find a few by their keys",
        "billing/queries/keys.py",
        "IN (SELECT * FROM {keys})",
        "IN {keys}",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
    Mutant(
        "SQLite reads all members to find who receives",
        "billing/queries/subscriptions.py",
        ".joinedload(Member.person),",
        ".joinedload(Member.person, innerjoin=True),",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
)
