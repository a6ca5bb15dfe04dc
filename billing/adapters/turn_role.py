"""PostgreSQL's second lock: the role in which a workspace's turns are worked, and which sees no other's rows."""

from __future__ import annotations

from sqlalchemy import Connection

# Of the whole server, and the same for every database on it. The policies of the tables name it.
TURN_ROLE = "billing_turn"
# What is refused to whoever migrates is told by `check`: without the role all goes on by the first lock alone.
MAKE = f"""
DO $$
DECLARE of_desk record;
BEGIN
    BEGIN
        CREATE ROLE {TURN_ROLE} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
    END;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TURN_ROLE}') THEN
        RETURN;
    END IF;
    BEGIN
        GRANT {TURN_ROLE} TO CURRENT_USER;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    FOR of_desk IN
        SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
            AND pg_has_role(relowner, 'USAGE')
    LOOP
        IF of_desk.relkind = 'S' THEN
            EXECUTE 'GRANT USAGE, SELECT ON SEQUENCE ' || of_desk.name || ' TO {TURN_ROLE}';
        ELSE
            EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ' || of_desk.name || ' TO {TURN_ROLE}';
        END IF;
    END LOOP;
END $$
"""


def make(connection: Connection) -> None:
    """Makes the role where this user may, and lets it work with the tables, also those that came since."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(MAKE)
