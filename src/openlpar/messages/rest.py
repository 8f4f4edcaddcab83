"""Messages of the REST API itself. ``REST…`` ids and reasons are those seen of the real API (rest-contract 2.13)."""

from openlpar.messages.core import Kind, Message

BAD_URL = Message(
    "REST000B",
    "{url} is not a valid URL of this API: REST000E Unrecognized root REST type {root}.",
    Kind.INVALID,
    "GET /rest/api/uom lists nothing; the documentation's coverage page lists the types.",
    origin="HMC REST API, public",
)
BAD_BODY = Message(
    "REST0001",
    "The request body does not fit the schema: {cause}",
    Kind.INVALID,
    "Send the element as it was read, with the changed values.",
    origin="HMC REST API, public",
)
NO_JOB = Message(
    "REST0005",
    "There is no job {job}.",
    Kind.NOT_FOUND,
    "Jobs are forgotten when they are deleted; submit it again.",
    origin="HMC REST API, public",
)
NO_SESSION = Message(
    "PVME01060001-0001",
    "The session token is missing, unknown or expired.",
    Kind.DENIED,
    "Log on again with PUT /rest/api/web/Logon.",
)
BAD_LOGON = Message(
    "PVME01060001-0002",
    "The logon of user {user} was refused: {cause}.",
    Kind.DENIED,
    "Check user and password; local logon by file needs membership of group pvm_admin.",
)
NO_METHOD = Message(
    "PVME01060002-0001",
    "{method} is not possible on {url}.",
    Kind.UNSUPPORTED,
    "The documentation's coverage page lists what each resource offers.",
)
NOT_ACCEPTABLE = Message(
    "PVME01060002-0002",
    "The answer cannot be given as {accept}.",
    Kind.INVALID,
    "Accept application/atom+xml, application/* or */*.",
)
TOO_LARGE = Message(
    "PVME01060003-0001",
    "The request body is larger than the {limit} bytes that are accepted.",
    Kind.INVALID,
    "Send less; files are uploaded with PUT /rest/api/web/File/contents/….",
)
NO_NEW_SESSION = Message(
    "PVME01060001-0003",
    "Nobody can log on: the session cannot be written to {place}: {cause}.",
    Kind.UNAVAILABLE,
    "Free space on that file system or mend it; who is logged on stays so.",
)
CORE_AWAY = Message(
    "PVME04000003-0001",
    "The core service cannot be reached.",
    Kind.UNAVAILABLE,
    "Check it with 'systemctl status pvm-core'.",
)
TOO_SLOW = Message(
    "PVME01060003-0002",
    "Nothing of the request body came for {seconds} seconds.",
    Kind.INVALID,
    "Send the request again over a better connection.",
)
NO_SEAT = Message(
    "PVME01060003-0003",
    "The service serves no more clients at once, and all that it has wait for an answer.",
    Kind.UNAVAILABLE,
    "Repeat the request; how many it serves depends on the files that it may have open (ulimit -n, LimitNOFILE=).",
)
BAD_SEARCH = Message(
    "PVME01060004-0001",
    "{kind} cannot be searched by {key}.",
    Kind.INVALID,
    "Search keys: {keys}.",
)
BAD_GROUP = Message(
    "PVME01060004-0002",
    "{group} is not an extended attribute group of {kind}.",
    Kind.INVALID,
    "Groups: {groups}.",
)
BAD_PROPERTY = Message(
    "PVME01060004-0003",
    "{property} is not a quick property of {kind}.",
    Kind.INVALID,
    "GET {kind}/quick lists them; {kind}/quick/All has all of all objects.",
)
NO_QUICK = Message(
    "PVME01060004-0004",
    "{kind} has no quick properties.",
    Kind.NOT_FOUND,
    "GET the object itself; ManagedSystem, LogicalPartition and VirtualIOServer have quick properties.",
)
