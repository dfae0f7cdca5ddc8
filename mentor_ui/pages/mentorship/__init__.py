"""Finding, looking at and booking mentorship."""
