"""Stand-ins for Paystack, Zoom and a mail server: an own process, reached over HTTP like the real ones."""
