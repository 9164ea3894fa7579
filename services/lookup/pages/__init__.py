"""The sections of a code's page."""
