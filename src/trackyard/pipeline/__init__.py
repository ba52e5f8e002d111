"""The hot path, its folders in the order an event meets them."""
