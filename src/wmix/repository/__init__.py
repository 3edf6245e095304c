"""The repository: the database of namespaces, classes and static instances, in memory and on disk."""
