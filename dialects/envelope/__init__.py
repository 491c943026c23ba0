"""`{"success": true, …}`: the dialect of the casting agency.

    GET /actors
    200  {"actors": [{"age": 25, "gender": "male", "id": 1, "name": "…"}],
          "success": true}
    GET /actors/1
    200  {"actor": {"age": 25, "gender": "male", "id": 1, "name": "…"},
          "success": true}
    404  {"error": 404, "message": "Resource was not found", "success": false}
    422  {"error": 422, "message": "Unprocessable Entity", "success": false,
          "detail": {"age": ["A valid integer is required."]}}
    403  {"code": "unauthorized", "description": "Permission not found."}

Every write returns 200 with the whole list after the change. A POST adds `created`, the
ID of the new row.
"""

from dialects.envelope.views import (
    EnvelopeDialect,
    EnvelopeListViewSet,
    EnvelopeViewSet,
)

__all__ = ["EnvelopeDialect", "EnvelopeListViewSet", "EnvelopeViewSet"]
