"""server: this side as it is called: listener, connections, exported objects, their resolver. [MS-DCOM] 3.1."""
