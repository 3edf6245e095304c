"""Providers: code that yields objects. Registration and host first; then one file for each family of classes."""
