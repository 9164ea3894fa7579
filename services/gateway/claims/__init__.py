"""Claims as files: rows of CSV and X12 837, read into the public shape. Names and identifiers stay at the door."""
