"""Search over terms: words, abbreviations, spelling, the index, and the ranking of codes by their best term."""
