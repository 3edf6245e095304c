"""server: the DCOM face of the engine: WMI that any client of Windows can ask. [MS-WMI].

A translation and nothing else: each file is one interface of the specification, and each of its methods turns
parameters into a request of ``wmix.engine.services`` and the outcome into parameters. Rights, limits and audit are the
engine's.
"""
