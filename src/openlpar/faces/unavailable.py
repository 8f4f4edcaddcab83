"""What is answered where nobody looks at a request: 503 with a true error document."""

from __future__ import annotations

from xml.sax.saxutils import escape

from openlpar.messages import Failure

MEDIA_TYPE = "application/atom+xml; charset=UTF-8"
_NAMESPACE = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"


def headers(failure: Failure) -> dict[str, str]:
    """All but the length. Clients that have been told connect anew."""
    hint = failure.remedy.encode("ascii", "replace").decode()
    return {
        "Content-Type": MEDIA_TYPE,
        "X-MC-Type": "PVM",
        "X-OpenLPAR-Hint": hint,
        "Retry-After": "5",
        "Connection": "close",
    }


def document(failure: Failure) -> bytes:
    return (
        '<entry xmlns="http://www.w3.org/2005/Atom"><title>HttpErrorResponse</title>'
        '<content type="application/vnd.ibm.powervm.web+xml; type=HttpErrorResponse">'
        f'<HttpErrorResponse:HttpErrorResponse xmlns:HttpErrorResponse="{_NAMESPACE}" xmlns="{_NAMESPACE}" schemaVersion="V1_2_0">'
        "<Metadata><Atom/></Metadata><HTTPStatus>503</HTTPStatus><ReasonCode>unavailable</ReasonCode>"
        f"<Message>{escape(str(failure))}</Message></HttpErrorResponse:HttpErrorResponse></content></entry>\n"
    ).encode()


def answer(failure: Failure) -> bytes:
    """The whole answer, as it goes over the wire."""
    body = document(failure)
    given = {**headers(failure), "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 503 Service Unavailable\r\n{lines}\r\n".encode() + body
