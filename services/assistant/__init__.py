"""Questions, cases and consults."""
