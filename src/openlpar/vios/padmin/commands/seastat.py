"""seastat: statistics of a shared Ethernet adapter by client."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import SharedEthernetAdapter
from openlpar.uom.partition import PartitionState
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.shared_ethernet import find_shared_ethernet
from openlpar.vios.padmin.statistics import clear, client_traffic

_RULE = "=" * 80


class Seastat(Command, name="seastat", group="TCP/IP"):
    """Displays the statistics of a shared Ethernet adapter by client; the adapter must have accounting=enabled."""

    device = Value("-d", "SharedEthernetAdapter", "the adapter")
    numeric = Flag("-n", "no host names")
    clear_ = Flag("-c", "sets the adapter's counters to zero")

    @form(device, may(numeric))
    def show(self) -> Iterator[str]:
        sea = self._sea()
        yield _RULE
        yield "Advanced Statistics for SEA"
        yield f"Device Name: {self.device}"
        for partition, adapter in self._clients(sea):
            received, sent, received_bytes, sent_bytes = client_traffic(self.server, partition.uuid, adapter.slot)
            mac = ":".join(adapter.mac[start : start + 2] for start in range(0, len(adapter.mac), 2)).upper()
            yield _RULE
            yield f"MAC: {mac}"
            yield _RULE
            yield ""
            yield f"VLAN: {adapter.pvid}"
            yield f"VLAN Priority: {adapter.qos_priority or 0}"
            if not self.numeric and partition.hostname:
                yield f"Hostname: {partition.hostname}"
            if adapter.ip_address:
                yield f"IP: {adapter.ip_address}"
            yield ""
            yield f"{'Transmit Statistics:':<30}Receive Statistics:"
            yield f"{'-' * 20:<30}{'-' * 19}"
            yield f"{f'Packets: {received}':<30}Packets: {sent}"
            yield f"{f'Bytes: {received_bytes}':<30}Bytes: {sent_bytes}"
        yield _RULE

    @form(device, clear_)
    def reset(self) -> Iterator[str]:
        self._sea()
        clear(self.server, self.device)
        yield from ()

    def _sea(self) -> SharedEthernetAdapter:
        sea = find_shared_ethernet(self.server, self.device)
        if find_device(self.server, self.device).attribute("accounting").value != "enabled":
            raise Refusal(
                Status.INCOMPLETE,
                f"Accounting is not enabled on {self.device}. Enable it with 'chdev -dev {self.device} -attr accounting=enabled'.",
            )
        return sea

    def _clients(self, sea: SharedEthernetAdapter) -> Iterator[tuple[LogicalPartition, ClientNetworkAdapter]]:
        """The running partitions whose VLAN the adapter bridges."""
        bridged = {
            (trunk.vswitch_id, vlan)
            for trunk in sea.trunk_adapters
            for vlan in (trunk.pvid, *map(int, trunk.tagged_vlans.replace(",", " ").split()))
        }
        for partition in self.server.change.all(LogicalPartition):
            if partition.state == PartitionState.RUNNING:
                for adapter in self.server.change.all(ClientNetworkAdapter, partition.uuid):
                    if (adapter.vswitch_id, adapter.pvid) in bridged:
                        yield partition, adapter
