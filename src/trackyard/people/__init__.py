"""Identity, consent and the gate, suppression and deletion."""
