"""Calls: what happens between a request and its result, written once for every kind of source."""
