"""What one viewer may see: what may be released to whom, and the words in which a statement is shown."""
