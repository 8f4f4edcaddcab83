"""Error documents."""

from __future__ import annotations

from openlpar.uom.core import Element, Int, Text


class HttpErrorResponse(Element, ns="web", schema="V1_2_0"):
    """Why a request was refused; ``status`` repeats the status line because clients read it here."""

    status = Int("HTTPStatus", access="ROR")
    request_uri = Text("RequestURI", access="ROR")
    reason_code = Text("ReasonCode", access="ROR")
    message = Text("Message", access="ROO")
    request_body = Text("RequestBody", access="ROO")
    request_headers = Text("RequestHeaders", access="ROO")
