"""How billing touches the world: the database, gateways, mail, the drawing of documents."""
