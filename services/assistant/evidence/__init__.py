"""What can be said: facts from the loaded editions, passages from the guides."""
