"""What a student alone sees."""
