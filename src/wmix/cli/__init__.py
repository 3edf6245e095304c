"""The command line: ``wmix COMMAND ...``. Design, section 4.

A command parses its words, calls a client, and hands the stream to a renderer.  There is a file per command with a
``COMMAND`` (what it takes) and a ``run`` (what it does); only the one that is asked for is imported.  Rendering knows
no files and no terminals; everything that is written goes through :mod:`wmix.cli.terminal`.
"""
