"""What tutors and mentors alone see."""
