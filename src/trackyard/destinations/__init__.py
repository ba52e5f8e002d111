"""One file or folder per destination, found by looking."""
