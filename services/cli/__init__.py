"""The `codingahead` command."""
