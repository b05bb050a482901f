"""Append-only logs that a stranger can check: RFC 6962 trees and C2SP formats, pure and synchronous (spec/tlog.md)."""
