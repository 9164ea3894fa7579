"""A question to an answer: understand, compose, verify."""
