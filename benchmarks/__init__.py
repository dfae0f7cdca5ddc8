"""Benchmarks: what the heart of the product costs, beside what the same database could do at best."""
