"""fcstat: statistics of a Fibre Channel port."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.partition import PartitionState
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import fibre_ports, find_device
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.statistics import clear, elapsed_s, traffic

_ERRORS = (
    "LIP Count",
    "NOS Count",
    "Error Frames",
    "Dumped Frames",
    "Link Failure Count",
    "Loss of Sync Count",
    "Loss of Signal",
    "Primitive Seq Protocol Error Count",
    "Invalid Tx Word Count",
    "Invalid CRC Count",
)
_CLIENTS = (
    Column("hostname", "hostname", 16, right=True),
    Column("dev", "dev", 14, right=True),
    Column("wwpn", "wwpn", 19, right=True),
    Column("inreqs", "inreqs", 9, right=True),
    Column("outreqs", "outreqs", 9, right=True),
    Column("ctrlreqs", "ctrlreqs", 9, right=True),
    Column("inbytes", "inbytes", 16, right=True),
    Column("outbytes", "outbytes", 16, right=True),
    Column("DMA_errs", "DMA_errs", 9, right=True),
    Column("Elem_errs", "Elem_errs", 10, right=True),
    Column("Comm_errs", "Comm_errs", 10, right=True),
)


class Fcstat(Command, name="fcstat", group="Virtual Fibre Channel"):
    """Displays the statistics of a Fibre Channel port."""

    errors = Flag("-e", "with the traffic and everything about errors")
    client = Flag("-client", "by the partitions that it carries")
    reset = Value("-reset", "Name", "sets the counters of a port to zero")
    name_ = Operand("Name", "the port, for example fcs0")

    @form(client)
    def by_client(self) -> Iterator[str]:
        """All ports, as on a VIOS; then what each partition behind them did."""
        host = self.server.host.partition(".")[0]
        rows = [self._row(host, port.name, port.wwpn) for port in fibre_ports(self.server.vios)]
        for mapping in self.server.channels():
            partition = self.server.partition(mapping.server_adapter.lpar_id)
            wwpns = mapping.client_adapter.wwpns
            if partition is not None and partition.state == PartitionState.RUNNING and wwpns:
                name = partition.hostname.partition(".")[0] or partition.name
                rows.append(self._row(name, mapping.server_adapter.name, wwpns.split()[0]))
        return listing(_CLIENTS, rows)

    def _row(self, host: str, device: str, wwpn: str) -> Row:
        numbers = dict(
            zip(("inreqs", "outreqs", "inbytes", "outbytes"), map(str, traffic(self.server, device)), strict=True)
        )
        errors = dict.fromkeys(("ctrlreqs", "DMA_errs", "Elem_errs", "Comm_errs"), "0")
        return {**numbers, **errors, "hostname": host, "dev": device, "wwpn": _hex(wwpn)}

    @form(reset)
    def clear(self) -> Iterator[str]:
        self._check(self.reset)
        clear(self.server, self.reset)
        yield from ()

    @form(may(errors), name_)
    def show(self) -> Iterator[str]:
        self._check(self.name_)
        port = next(port for port in fibre_ports(self.server.vios) if port.name == self.name_)
        device = find_device(self.server, self.name_)
        requests_in, requests_out, bytes_in, bytes_out = traffic(self.server, self.name_)
        connected = bool(port.wwpn)
        yield f"FIBRE CHANNEL STATISTICS REPORT: {port.name}"
        yield ""
        yield f"Device Type: {device.description}"
        yield f"World Wide Node Name: {_hex(port.wwnn or port.wwpn)}"
        yield f"World Wide Port Name: {_hex(port.wwpn)}"
        yield ""
        yield "FC-4 TYPES:"
        for label in ("Supported", "Active"):
            yield f"  {label + ':':<11}0x{'0000010000000000':0<64}"
        yield "Class of Service: 3"
        yield "Port Speed (supported): 8 GBIT"
        yield f"Port Speed (running):   {'8 GBIT' if connected else 'UNKNOWN'}"
        yield f"Port FC ID: 0x{_identifier(port.wwpn)}"
        yield f"Port Type: {'Fabric' if connected else 'Unknown'}"
        yield ""
        yield f"Seconds Since Last Reset: {elapsed_s(self.server, port.name)}"
        yield ""
        yield "\tTransmit Statistics\tReceive Statistics"
        yield "\t-------------------\t------------------"
        yield f"Frames: {requests_out:<16}\t{requests_in}"
        yield f"Words:  {bytes_out // 4:<16}\t{bytes_in // 4}"
        yield ""
        yield from (f"{label}: 0" for label in _ERRORS)
        yield ""
        yield "IP over FC Adapter Driver Information"
        yield "  No DMA Resource Count: 0"
        yield "  No Adapter Elements Count: 0"
        yield ""
        yield "FC SCSI Adapter Driver Information"
        yield "  No DMA Resource Count: 0"
        yield "  No Adapter Elements Count: 0"
        yield "  No Command Resource Count: 0"
        yield ""
        yield "IP over FC Traffic Statistics"
        yield from (f"  {label}: 0" for label in ("Input Requests", "Output Requests", "Control Requests"))
        yield from (f"  {label}: 0" for label in ("Input Bytes", "Output Bytes"))
        yield ""
        yield "FC SCSI Traffic Statistics"
        yield f"  Input Requests:   {requests_in}"
        yield f"  Output Requests:  {requests_out}"
        yield "  Control Requests: 0"
        yield f"  Input Bytes:  {bytes_in}"
        yield f"  Output Bytes: {bytes_out}"
        yield ""
        yield f"Adapter Effective max transfer value:   {device.attribute('max_xfer_size').value}"

    def _check(self, name: str) -> None:
        if name not in [port.name for port in fibre_ports(self.server.vios)]:
            find_device(self.server, name)
            raise Refusal(Status.SYNTAX, f'"{name}" is not a Fibre Channel port. lsnports lists them.')


def _hex(name: str) -> str:
    return f"0x{name.upper()}" if name else "0x0"


def _identifier(wwpn: str) -> str:
    """Address in the fabric: three bytes, made from the port's name."""
    return (wwpn[-6:] or "000000").lower()
