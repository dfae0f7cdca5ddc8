"""Courses: all of them, one of them, and the page for those who finished it."""
