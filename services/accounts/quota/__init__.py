"""What a plan allows, in which period, and the exact counting of it."""
