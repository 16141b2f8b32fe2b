"""Resource providers of our own."""
