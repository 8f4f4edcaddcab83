"""Sending a local file to a Virtual I/O Server: as an optical medium, or onto a logical volume or logical unit."""

from __future__ import annotations

import os

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import option

DATA = option("--data", required=True, metavar="FILE", help="the local file")
DISK = option(
    "--data", required=True, metavar="FILE", help="the local image, raw or qcow2; it takes the place of all data"
)


def send(call: Call, vios_uuid: str, name: str, disk_udid: str = "") -> int:
    """Sends the file of ``--data``. name: by which it is announced; disk_udid: what is overwritten, "" for a new medium.

    Raises UNREADABLE_FILE, ClientError.
    """
    from openlpar.client import files
    from openlpar.uom.file import File, FileType, InternetMediaType

    path = call.args.data
    try:
        with open(path, "rb") as stream:
            description = File(
                file_name=name or os.path.basename(path),
                internet_media_type=InternetMediaType.OCTET_STREAM.value,
                expected_file_size=files.size_of(stream),
                enum_type=FileType.DISK_IMAGE.value if disk_udid else FileType.MEDIA_ISO.value,
                vios_uuid=vios_uuid,
                tdev_udid=disk_udid or None,
            )
            files.upload(call.connection, description, stream)
    except OSError as cause:
        raise messages.UNREADABLE_FILE.error(path=path, cause=cause.strerror) from cause
    return 0
