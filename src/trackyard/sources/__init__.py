"""What turns foreign input into events."""
