"""A neutral witness: cosigns one history of each log it was told of, and holds no entries (c2sp.org/tlog-witness)."""
