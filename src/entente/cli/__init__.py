"""The command line: parse, call, print; nothing is decided here."""
