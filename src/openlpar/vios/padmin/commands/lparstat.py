"""lparstat: the partition that the server is in, and its processors, in the layout of AIX's lparstat."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, form
from openlpar.vios.padmin.statistics import load, one_report, processors


class Lparstat(Command, name="lparstat", group="Performance"):
    """Displays the configuration of the server's partition, and what its processors did while a monitor was on."""

    info = Flag("-i", "the configuration, one line for each value")
    interval = Operand("Interval", "seconds between reports")
    count = Operand("Count", "how many reports; only 1 can be had")

    @form()
    @form(interval)
    @form(interval, count)
    def report(self) -> Iterator[str]:
        one_report(self.interval, self.count)
        own, memory = processors(self.server), self.server.vios.mem_config
        size_mb = memory.current or memory.desired
        kind = f"type={own.kind} mode={own.mode} lcpu={own.virtual} mem={size_mb}MB ent={own.entitled}"
        now = load(self.server)
        yield ""
        yield f"System configuration: {kind}"
        yield ""
        yield "%user  %sys  %wait  %idle physc %entc"
        yield "----- ----- ------ ------ ----- -----"
        yield f"{0:5.1f}{now.busy:6.1f}{0:7.1f}{now.idle:7.1f}{now.used:6.2f}{now.entitled:6.1f}"

    @form(info)
    def describe(self) -> Iterator[str]:
        vios, own = self.server.vios, processors(self.server)
        memory, wanted = vios.mem_config, vios.proc_config
        shared, dedicated = wanted.shared_proc_cfg, wanted.dedicated_proc_cfg
        is_shared = own.kind == "Shared"
        rows = [
            ("Node Name", self.server.host),
            ("Partition Name", vios.name),
            ("Partition Number", str(vios.id)),
            ("Type", own.kind),
            ("Mode", own.mode),
            ("Entitled Capacity", own.entitled),
            ("Partition Group-ID", str(32768 + vios.id)),
            ("Shared Pool ID", str(shared.pool_id) if is_shared else "-"),
            ("Online Virtual CPUs", str(own.virtual)),
            ("Maximum Virtual CPUs", str(shared.max_virtual if is_shared else dedicated.max)),
            ("Minimum Virtual CPUs", str(shared.min_virtual if is_shared else dedicated.min)),
            ("Online Memory", f"{memory.current or memory.desired} MB"),
            ("Maximum Memory", f"{memory.max} MB"),
            ("Minimum Memory", f"{memory.min} MB"),
            ("Variable Capacity Weight", str(shared.uncapped_weight) if own.mode == "Uncapped" else "-"),
            ("Minimum Capacity", f"{shared.min_units:.2f}" if is_shared else f"{dedicated.min}.00"),
            ("Maximum Capacity", f"{shared.max_units:.2f}" if is_shared else f"{dedicated.max}.00"),
        ]
        yield from (f"{name:<43}: {value}" for name, value in rows)
