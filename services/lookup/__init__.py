"""Codes, their editions, and search over them."""
