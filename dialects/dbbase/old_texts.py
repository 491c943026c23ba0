"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

# Requests
UNAUTHORIZED = "Unauthorized User"
METHOD_NOT_ALLOWED = "The method is not allowed for the requested URL."
JSON_REQUIRED = "JSON format is required"
MALFORMED_JSON = "A JSON format problem: {reason}"
ID_REQUIRED = "This method requires the id in the URL for {model}."

# Rows
NOT_FOUND = "{model} with {key} not found"
DELETED = "{model} with {key} is deleted"
ID_TAKEN = "{{'id': {id!r}}} for {model} already exists."

# Columns
TOO_LONG = "The data exceeds the maximum length {max_length}"
NOT_A_NUMBER = "The value {value} is not a number"
NOT_A_DATE = "Date error: {value!r}: expected {expected}"
NOT_A_LIST = "{column} data must be in a list form"

# Query strings
UNKNOWN_COLUMN = "{name} is not a column in {model}"
UNKNOWN_OPERATOR = 'Op code "{code}" wrong. Must be in [{codes}]'
NO_VALUE = "There must be a value paired with the operator. Example: [operator, value]"
BAD_PAGE_CONFIG = "Unknown page config value: {detail}"
UNKNOWN_METHOD = "Method '{method}' is not found for this resource"
