"""Durable work: workflows that survive a crash, and the sweeper that looks after the rest."""
