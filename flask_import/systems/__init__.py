"""The old systems, in the order in which they are imported."""

from __future__ import annotations

from flask_import.systems.books import BOOKS
from flask_import.systems.bucketlists import BUCKETLISTS
from flask_import.systems.casting import CASTING
from flask_import.systems.commands import COMMANDS
from flask_import.systems.goals import GOALS
from flask_import.systems.invoices import INVOICES
from flask_import.systems.media import MEDIA
from flask_import.systems.orders import ORDERS
from flask_import.tables import System

SYSTEMS: tuple[System, ...] = (
    GOALS,
    BUCKETLISTS,
    MEDIA,
    BOOKS,
    ORDERS,
    # After the orders, whose users they belong to.
    INVOICES,
    COMMANDS,
    # Last, because its roles are given to the accounts of the others.
    CASTING,
)
