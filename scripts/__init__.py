"""What is run before anything is installed."""
