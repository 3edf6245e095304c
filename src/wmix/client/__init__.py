"""The Pythonic face: the same verbs for blocking and for asynchronous programs. Design, section 3."""
