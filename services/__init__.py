"""The services of Coding Ahead."""
