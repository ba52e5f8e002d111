"""HTTP in, durable, 200."""
