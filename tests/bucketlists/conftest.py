from tests.races import service  # noqa: F401
