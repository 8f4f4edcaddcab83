"""The management console of a system that nobody else manages: its own NovaLink."""

from __future__ import annotations

import uuid as uuids

from openlpar.ops.inventory.draft import Draft
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole


def complete_console(draft: Draft) -> None:
    """There is one, described or not, in the form of the recorded NovaLink; it is called as the management partition is."""
    described = draft.items(ManagementConsole)
    novalink = next((lpar for lpar in draft.all(LogicalPartition) if lpar.is_mgmt_partition), None)
    for item in described or [draft.add(ManagementConsole())]:
        uuid = uuids.uuid3(uuids.NAMESPACE_URL, f"ManagedSystem/{draft.system.uuid}/ManagementConsole")
        item.set(uuid=item.now.uuid or str(uuid))
        item.defaults(
            mtms=draft.system.mtms,
            managed_frames=(),
            managed_systems=(),
            name=novalink.name if novalink is not None else draft.system.system_name,
            network_interfaces=(),
            power_enterprise_pools=(),
            authorized_keys=AuthorizedKeys(),
        )
        draft.register(item, item.now.uuid, item.now.name)
