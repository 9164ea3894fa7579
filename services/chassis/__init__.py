"""What every process needs; knows no service."""
