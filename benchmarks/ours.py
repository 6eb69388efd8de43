"""Our application as it is served, but for one bound: three levels of a tree are two fields deeper than it admits.

Where `engine.limits` admits twelve fields by itself, `api.app:app` can be measured instead.
"""

from dataclasses import replace

from api.app import app, documents

TREE_DEPTH = 12

documents.limits = replace(documents.limits, depth=max(documents.limits.depth, TREE_DEPTH))

__all__ = ["app"]
