"""Local: the namespaces of this machine, answered from the class image, the repository and the providers."""
