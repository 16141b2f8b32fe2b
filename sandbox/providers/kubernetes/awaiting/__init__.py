"""When is an object ready, and why is it not yet: one pure function a kind, and the waiting around it."""
