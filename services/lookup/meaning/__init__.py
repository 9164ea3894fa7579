"""Search by meaning: sentences as vectors, made by a small model that runs here, and the ones nearest to a query."""
