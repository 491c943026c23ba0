"""Invoices on paper and in spreadsheets.

The same invoice always gives the same bytes: nothing here looks at a clock or makes up
an id.
"""
