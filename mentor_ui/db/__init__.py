"""Engines, sessions and the queue that shares their transactions."""
