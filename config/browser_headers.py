"""Response headers for browsers: Content-Security-Policy and CORS."""

from __future__ import annotations

from corsheaders.defaults import default_headers

from common.http.policies import PAGE_POLICY
from config.environment import matching_list

# Content-Security-Policy of data responses.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Scalar has inline styles.
STYLED_PAGE_POLICY = PAGE_POLICY.replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)

# The origins of web pages on this machine, with any port.
LOCAL_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?\Z"
# All URLs except pages with a session and probes.
CORS_URLS = r"^/(?!(admin|session|livez|readyz|healthz|metrics)\b)"

# Tracing: W3C Trace Context, W3C Baggage and Sentry.
TRACING_HEADERS = ("traceparent", "tracestate", "baggage", "sentry-trace")


def request_headers(name: str) -> list[str]:
    """Return the headers that scripts may send, with those of the variable."""
    allowed = "names of HTTP headers, such as x-client-version"
    more = matching_list(name, r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", allowed)
    return [
        *default_headers,
        *("idempotency-key", "if-match", "if-modified-since", "if-none-match"),
        *("last-event-id", "prefer", "x-http-method-override", "x-request-id"),
        *TRACING_HEADERS,
        *(header.lower() for header in more),
    ]


RESPONSE_HEADERS = [
    *("Content-Disposition", "ETag", "Idempotency-Replayed", "Link", "Location"),
    *("Retry-After", "X-Data-Age", "X-Error-Detail", "X-RateLimit-Limit"),
    *("X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID", "X-Total-Count"),
]
