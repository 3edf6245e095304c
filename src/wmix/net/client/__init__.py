"""client: hosts that this side calls: connections, activation, references and pings. [MS-DCOM] 3.2."""
