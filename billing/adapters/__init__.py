"""How billing touches the world: the database, the outbox's rows, the drawing of documents."""
