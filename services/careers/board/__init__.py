"""The open openings in memory, searched by words and filters."""
