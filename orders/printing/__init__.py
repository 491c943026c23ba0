"""Invoices as HTML, PDF and CSV.

The same invoice always gives the same bytes: no output depends on a clock or random ID.
"""
