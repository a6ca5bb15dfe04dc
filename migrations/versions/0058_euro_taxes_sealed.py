"""The VAT in euros of documents is noted to be sealed, once nothing of before is left that cannot seal it."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

KIND = "expand"

COLUMNS = "kind, workspace_id, row_id, part"
IS_FINISHED = "EXISTS (SELECT 1 FROM finished_upgrades WHERE revision >= '0058')"


def upgrade() -> None:
    """Whoever writes a row asks whether it is to be noted: no process keeps an answer that is no longer true."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION note_euro_taxes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO sealed_rows ({COLUMNS}) SELECT 'euro_taxes', workspace_id, document_id, '' "
            f"FROM written WHERE {IS_FINISHED}; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER euro_taxes_noted AFTER INSERT ON euro_taxes REFERENCING NEW TABLE AS written "
            "FOR EACH STATEMENT EXECUTE FUNCTION note_euro_taxes()"
        )
        return
    op.execute(
        f"CREATE TRIGGER euro_taxes_noted AFTER INSERT ON euro_taxes WHEN {IS_FINISHED} "
        f"BEGIN INSERT INTO sealed_rows ({COLUMNS}) "
        "VALUES ('euro_taxes', NEW.workspace_id, NEW.document_id, ''); END"
    )


def finish() -> None:
    """Notes those of before, and waits for who is writing one: of the trigger and this one of the two notes it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("LOCK TABLE euro_taxes IN SHARE MODE")
    op.execute(
        f"INSERT INTO sealed_rows ({COLUMNS}) SELECT 'euro_taxes', mine.workspace_id, document_id, '' "
        "FROM euro_taxes mine LEFT JOIN sealed_rows noted ON noted.kind = 'euro_taxes' "
        "AND noted.workspace_id = mine.workspace_id AND noted.row_id = mine.document_id "
        "WHERE noted.number IS NULL ORDER BY mine.workspace_id, document_id"
    )


def downgrade() -> None:
    """What is sealed stays in its seal; what waits would be sealed as something that is gone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER euro_taxes_noted ON euro_taxes")
        op.execute("DROP FUNCTION note_euro_taxes()")
    else:
        op.execute("DROP TRIGGER euro_taxes_noted")
    op.execute("DELETE FROM sealed_rows WHERE kind = 'euro_taxes' AND seal IS NULL")
    op.execute("DELETE FROM finished_upgrades WHERE revision >= '0058'")
