"""Use cases, one module per noun. They take a session and an actor, and never commit."""
