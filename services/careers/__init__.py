"""The job board of coders and employers."""
