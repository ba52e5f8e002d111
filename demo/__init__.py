"""A whole Trackyard for two minutes: a store's traffic in through real SDKs, out to a sandbox, counted at both ends."""
