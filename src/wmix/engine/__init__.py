"""The engine: one door for every caller, and the life of a call behind it. See docs/topics/calls.md."""
