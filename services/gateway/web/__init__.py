"""The web: pages for people, JSON for programs, one edge around both."""
