"""The only process that faces the world: web, mail, doors."""
