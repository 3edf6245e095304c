"""WQL, the query language of WMI: lexer, syntax tree, parser, printer, semantics and compiled predicates.

[MS-WMI] 2.2.1 and the WQL pages of the SDK.  One file per idea:

- ``lexer``, ``ast``, ``parser`` (with ``cursor``, ``expression``, ``select``, ``associators``): text to syntax tree,
  errors with a place; ``printer``: syntax tree to text;
- ``semantics`` with ``constants`` and ``dates``: names, types and constants of a condition against a class;
  ``projection``: the select list;
- ``predicate`` with ``like`` and ``casing``: a checked condition as one generated function over the values of a row;
- ``pushdown``: what a provider can make use of; ``schema``: queries on ``meta_class``; ``events``: GROUP and HAVING.

Pure: nothing here reads a clock, a locale or an environment.  Nothing is imported by the package itself.
"""
