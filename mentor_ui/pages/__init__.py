"""One module per route: its State and its page function."""
