"""What was known, agreed and done, as one self-contained page: a map with time, and a report to print."""
