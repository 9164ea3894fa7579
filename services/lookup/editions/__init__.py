"""Editions: the files that reference data lives in, how they are written, published and opened."""
