"""Attributes of devices: what ``lsdev -attr`` shows, ``lsdev -range`` allows and ``chdev`` sets.

The tables are those of AIX practice. A value that the UOM knows is read from there; all others are these usual values until they
are changed, and then kept with the server (``ports.records.ViosSettings``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from openlpar.vios.padmin.refusal import Refusal, Status

YES_NO = ("yes", "no")
ON_OFF = ("1", "0")
ENABLED = ("enabled", "disabled")


@dataclass(frozen=True, slots=True)
class Attribute:
    """allowed: the values it may take; at_least, at_most: bounds of a number; both empty: any text."""

    name: str
    value: str
    text: str
    settable: bool = True
    allowed: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    def check(self, device: str, value: str) -> None:
        """Raises Refusal."""
        if not self.settable:
            raise Refusal(Status.SYNTAX, f'Attribute "{self.name}" of {device} cannot be changed by a user.')
        if self.allowed and value not in self.allowed:
            raise self._refused(device, value, f"Use {' or '.join(self.allowed)}.")
        if self.at_least is None or self.at_most is None:
            return
        if not value.isdecimal() or not self.at_least <= int(value) <= self.at_most:
            raise self._refused(device, value, f"Use a number from {self.at_least} to {self.at_most}.")

    def _refused(self, device: str, value: str, remedy: str) -> Refusal:
        return Refusal(Status.SYNTAX, f'Attribute "{self.name}" of {device} cannot be "{value}". {remedy}')

    def range(self) -> list[str]:
        """As ``lsdev -range`` prints it."""
        if self.allowed:
            return list(self.allowed)
        return [] if self.at_least is None else [f"{self.at_least}...{self.at_most} (+1)"]


DISK = (
    Attribute("clr_q", "no", "Device CLEARS its Queue on error", allowed=YES_NO),
    Attribute("hcheck_interval", "60", "Health Check Interval", at_least=0, at_most=3600),
    Attribute("hcheck_mode", "nonactive", "Health Check Mode", allowed=("enabled", "failed", "nonactive")),
    Attribute("max_transfer", "0x80000", "Maximum TRANSFER Size"),
    Attribute("queue_depth", "20", "Queue DEPTH", at_least=1, at_most=256),
    Attribute("rw_timeout", "30", "READ/WRITE time out value", at_least=30, at_most=180),
)
ALGORITHMS = {"Failover": "fail_over", "Load_Balance": "load_balance", "Round_Robin": "round_robin"}
RESERVES = {"NoReserve": "no_reserve", "SinglePath": "single_path"}
FIBRE_PORT = (
    Attribute("lg_term_dma", "0x800000", "Long term DMA"),
    Attribute(
        "max_xfer_size",
        "0x100000",
        "Maximum Transfer Size",
        allowed=("0x100000", "0x200000", "0x400000", "0x800000", "0x1000000"),
    ),
    Attribute("num_cmd_elems", "500", "Maximum number of COMMANDS to queue to the adapter", at_least=20, at_most=4096),
    Attribute("pref_alpa", "0x1", "Preferred AL_PA"),
    Attribute("sw_fc_class", "2", "FC Class for Fabric", allowed=("2", "3")),
)
FIBRE_PROTOCOL = (
    Attribute("attach", "switch", "How this adapter is CONNECTED", settable=False),
    Attribute("dyntrk", "yes", "Dynamic Tracking of FC Devices", allowed=YES_NO),
    Attribute(
        "fc_err_recov", "fast_fail", "FC Fabric Event Error RECOVERY Policy", allowed=("delayed_fail", "fast_fail")
    ),
    Attribute("sw_fc_class", "3", "FC Class for Fabric"),
)
ETHERNET = (
    Attribute("alt_addr", "0x000000000000", "Alternate ethernet address"),
    Attribute("chksum_offload", "yes", "Enable hardware transmit and receive checksum", allowed=YES_NO),
    Attribute("flow_ctrl", "yes", "Enable Transmit and Receive Flow Control", allowed=YES_NO),
    Attribute("jumbo_frames", "no", "Transmit jumbo frames", allowed=YES_NO),
    Attribute("large_receive", "yes", "Enable receive TCP segment aggregation", allowed=YES_NO),
    Attribute("large_send", "yes", "Enable hardware Transmit TCP segmentation", allowed=YES_NO),
    Attribute("media_speed", "Auto_Negotiation", "Requested media speed"),
    Attribute("use_alt_addr", "no", "Enable alternate ethernet address", allowed=YES_NO),
)
ETHER_CHANNEL = (
    Attribute("alt_addr", "0x000000000000", "Alternate EtherChannel Address"),
    Attribute("auto_recovery", "yes", "Enable automatic recovery after failover", allowed=YES_NO),
    Attribute("backup_adapter", "NONE", "Adapter used when whole channel fails", settable=False),
    Attribute(
        "hash_mode",
        "default",
        "Determines how outgoing adapter is chosen",
        allowed=("default", "dst_port", "src_port", "src_dst_port"),
    ),
    Attribute("noloss_failover", "yes", "Enable lossless failover after ping failure", allowed=YES_NO),
    Attribute("num_retries", "3", "Times to retry ping before failing", at_least=1, at_most=100),
    Attribute("retry_time", "1", "Wait time (in seconds) between pings", at_least=1, at_most=100),
    Attribute("use_alt_addr", "no", "Enable Alternate EtherChannel Address", allowed=YES_NO),
    Attribute("use_jumbo_frame", "no", "Enable Gigabit Ethernet Jumbo Frames", allowed=YES_NO),
)
VIRTUAL_ETHERNET = (
    Attribute("alt_addr", "0x000000000000", "Alternate Ethernet Address"),
    Attribute("chksum_offload", "yes", "Enable Checksum Offload for IPv4 packets", allowed=YES_NO),
    *(
        Attribute(f"{bound}_buf_{size}", value, f"{text} {size.capitalize()} Buffers")
        for bound, text, values in (
            ("max", "Maximum", ("64", "64", "256", "2048", "2048")),
            ("min", "Minimum", ("24", "24", "128", "512", "512")),
        )
        for size, value in zip(("huge", "large", "medium", "small", "tiny"), values, strict=True)
    ),
    Attribute("use_alt_addr", "no", "Enable Alternate Ethernet Address", allowed=YES_NO),
)
SHARED_ETHERNET = (
    Attribute("accounting", "disabled", "Enable per-client accounting of network statistics", allowed=ENABLED),
    Attribute("adapter_reset", "yes", "Reset real adapter on HA takeover", allowed=YES_NO),
    Attribute("gvrp", "no", "Enable GARP VLAN Registration Protocol (GVRP)", allowed=YES_NO),
    Attribute("hash_algo", "0", "Hash algorithm used to select a SEA thread", at_least=0, at_most=2),
    Attribute("large_receive", "no", "Enable receive TCP segment aggregation", allowed=YES_NO),
    Attribute("lldpsvc", "no", "Enable IEEE 802.1qbg services", allowed=YES_NO),
    Attribute("noloss_failover", "yes", "Enable lossless failover after ping failure", allowed=YES_NO),
    Attribute("platform_lso", "no", "Enable platform LSO", allowed=YES_NO),
)
INTERFACE = (
    Attribute("mtu", "1500", "Maximum IP Packet Size for This Device", at_least=60, at_most=65535),
    Attribute("remmtu", "576", "Maximum IP Packet Size for REMOTE Networks", at_least=60, at_most=65535),
)
MOVER = (
    Attribute("cfg_msp_lpm_ops", "8", "Number of concurrent LPM operations for MSP", at_least=1, at_most=8),
    Attribute("concurrency_lvl", "3", "Concurrency level", at_least=1, at_most=5),
    Attribute("lpm_msnap_succ", "1", "Create LPM minisnap, when successful", allowed=ON_OFF),
    Attribute("max_vasi_ops", "8", "Maximum number of concurrent VASI operations", settable=False),
    Attribute("tcp_port_high", "0", "TCP highest ephemeral port", at_least=0, at_most=65535),
    Attribute("tcp_port_low", "0", "TCP lowest ephemeral port", at_least=0, at_most=65535),
)


def in_effect(attributes: tuple[Attribute, ...], changed: Mapping[str, str]) -> tuple[Attribute, ...]:
    """In order of their names, with the values that were changed."""
    found = [replace(each, value=changed[each.name]) if each.name in changed else each for each in attributes]
    return tuple(sorted(found, key=lambda attribute: attribute.name))
