"""The engine: one door for every caller, and the life of a call behind it. See docs/topics/calls.md."""

import logging

# A library stays silent until its user configures logging; every record of the package passes here.
logging.getLogger("wmix").addHandler(logging.NullHandler())
