"""Files: images on their way to a Virtual I/O Server."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Element, Enum, Href, Int, Text, Uuid


class FileType(StrEnum):
    """What becomes of an upload."""

    MEDIA_ISO = "BROKERED_MEDIA_ISO"
    DISK_IMAGE = "BROKERED_DISK_IMAGE"


class InternetMediaType(StrEnum):
    """Media type of an upload."""

    OCTET_STREAM = "application/octet-stream"


class File(Element, ns="web", metadata="id", schema="V1_0"):
    """The descriptor of an upload. ``web/File``; its contents go to ``web/File/contents/{uuid}``."""

    file_name = Text("Filename", access="COR")
    date_modified = Int("DateModified", access="ROR", unit="ms")
    internet_media_type = Enum("InternetMediaType", InternetMediaType, access="COR")
    file_uuid = Uuid("FileUUID", access="ROR")
    asset_link = Href("AssetLink", access="ROR")
    sha256 = Text("SHA256", access="COD")
    expected_file_size = Int("ExpectedFileSizeInBytes", access="COD", unit="B")
    current_file_size = Int("CurrentFileSizeInBytes", access="ROR", unit="B")
    enum_type = Enum("FileEnumType", FileType, access="COR")
    vios_uuid = Uuid("TargetVirtualIOServerUUID", access="COR")
    tdev_udid = Text("TargetDeviceUniqueDeviceID", access="COR")
    asset_file = Text("AssetFile", recorded=False)
