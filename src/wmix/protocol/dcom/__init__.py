"""DCOM on the wire: references to objects, activation, resolving, pings, counted references. [MS-DCOM].

``identifiers``, ``versions``, ``bindings``, ``objref``, ``orpc`` are the pieces; ``activation_blob``,
``activation_request`` and ``activation_reply`` what IRemoteSCMActivator carries; ``scm_activator``,
``legacy_activation``, ``object_exporter`` and ``rem_unknown`` the methods of the interfaces, in and out.
"""
