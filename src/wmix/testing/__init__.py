"""What tests of programs over WMI use: a clock that they control, and a server that is there for one test.

:mod:`wmix.testing.clock` has an event loop whose time is virtual, so that time-outs of minutes are tested in
milliseconds and in one order; :mod:`wmix.testing.serving` has a server that any WMI client can talk to.  Nothing here
is imported by the package itself.
"""
