"""Migration from another pipeline, run beside the hot path."""
