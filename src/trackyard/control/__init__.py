"""The control plane: workspace configuration, revisions, health, metrics. May stop without losing an event."""
