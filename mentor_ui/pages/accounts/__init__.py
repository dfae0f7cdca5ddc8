"""Signing in and up, choosing a new password, and one's own account."""
