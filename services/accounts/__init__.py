"""People, their credentials, their plans, and what they may still open."""
