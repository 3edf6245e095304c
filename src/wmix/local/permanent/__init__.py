"""Permanent subscriptions: filters, consumers and bindings in the repository, and what they do. Brief 7.4.

``definitions`` reads what is there, ``manager`` sees that it is in force, ``filter_run`` takes the events of one
filter, ``consumer_run`` delivers them to one consumer, ``failures`` makes the events about what was not delivered,
``registrations`` tells which consumer serves a class, ``checks`` refuses what is wrong when it is put.
"""
