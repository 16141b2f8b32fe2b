"""What a cloud account must have before the first `up`, and what it must still be able to give."""
