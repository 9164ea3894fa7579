"""What the edit tables say on a date: pairs, units, add-on codes."""
