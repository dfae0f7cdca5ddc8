"""Clients of the outside services: each has a Protocol for the floors above and the client that keeps it."""
