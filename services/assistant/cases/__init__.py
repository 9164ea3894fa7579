"""A case's text to codes, each with the words it rests on."""
