"""What tests of programs over WMI use: a clock that they control.

:mod:`wmix.testing.clock` has an event loop whose time is virtual, so that time-outs of minutes are tested in
milliseconds and in one order.  Nothing here is imported by the package itself.
"""
