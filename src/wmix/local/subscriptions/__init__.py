"""Subscriptions: event queries of this machine, and where their events come from. [MS-WMI] 3.1.4.3.20, brief 7.

One :class:`~wmix.local.subscriptions.manager.SubscriptionManager` per local engine.  A query is checked
(``event_query``), what it needs is found out (``coverage``) and set going (``feeds``): a poll of a provider's class, a
provider that tells its own changes, a source of extrinsic events.  What the repository writes needs nothing.  An event
is a row of an event class; ``intrinsic`` makes those of changes.  Each subscription has a ``queue`` of its own, and
with GROUP a ``window`` before it.
"""
