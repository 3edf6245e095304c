"""MOF, the language in which classes and instances are written down: text to declarations and back.

DSP0004 annex A and the WMI documentation ("Managed Object Format"); wmi-semantics 9.  ``source`` turns octets into
text, ``lexer`` and ``parser`` text into a syntax tree, ``includes`` puts the files of one compilation together,
``compilation`` turns the tree into ordered steps that somebody else applies, and ``printer`` writes classes and
instances as text that compiles to the same again.  Nothing here reads a file or changes a repository.
"""
