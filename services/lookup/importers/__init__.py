"""Reads the agencies' files: one module a format, one table of them (formats.py), one desk that publishes."""
