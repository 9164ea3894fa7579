"""Terms of a code system spotted in running text."""
