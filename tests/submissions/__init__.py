"""Tiny submissions, one behaviour each: hostile ones in ``attacks``, broken ones in ``damaged``."""
