"""One party's signed feed: is it truly theirs, whole, and in order? This room verifies and never signs (FEED)."""
