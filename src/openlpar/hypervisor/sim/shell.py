"""The small shell of a simulated Linux guest. Every command prints what the partition's objects say.

A command is a function registered by its name; pipes into tail, head, grep and wc -l work.
"""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from openlpar.hypervisor.sim.disks import Storage, paths_of
from openlpar.ports.metrics import workload_of
from openlpar.ports.records import GuestDisks, WorkloadRule
from openlpar.ports.san import npiv_volumes
from openlpar.ports.state import Change
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition

RELEASE = "6.1.0"
WELCOME = "OpenLPAR simulated guest. 'help' lists its commands."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line printed, and whether the guest goes down after it."""

    text: str = ""
    goes_down: bool = False
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """What commands read from. sizes in MB, processors as the guest sees them (one thread each: SMT is off)."""

    change: Change
    partition: BasePartition

    @property
    def system(self) -> ManagedSystem:
        return next(self.change.all(ManagedSystem))

    @property
    def memory_mb(self) -> int:
        return self.partition.mem_config.current

    @property
    def memory_share(self) -> float:
        """Part of it that is in use, 0 to 1: what the metrics count too."""
        return workload_of(self.change.all(WorkloadRule), self.partition.name, vios=False).settings["memory"]

    @property
    def processors(self) -> int:
        processors = self.partition.proc_config
        if processors.has_dedicated:
            return processors.current_dedicated_proc_cfg.current
        return processors.current_shared_proc_cfg.allocated_virtual

    @property
    def model(self) -> str:
        machine = self.system.mtms
        return f"IBM,{machine.machine_type}-{machine.model}"

    @property
    def generation(self) -> str:
        """POWER8, from the compatibility mode; in default mode the newest that the server supports."""
        mode = self.partition.proc_compat_mode
        if mode in ("", "default"):
            mode = max(self.system.proc_config.proc_compat_modes, key=_generation_number, default="POWER8")
        return mode.partition("_")[0]

    def networks(self) -> list[ClientNetworkAdapter]:
        return sorted(self.change.all(ClientNetworkAdapter, self.partition.uuid), key=lambda adapter: adapter.slot)

    @property
    def storage(self) -> Storage:
        return Storage(paths_of(self.change, self.partition), self.partition, npiv_volumes(self.change, self.partition))


def hostname(partition: BasePartition) -> str:
    """The configured host name, or what is left of the partition's name when everything a host name cannot have is gone."""
    name = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in partition.name).strip("-")
    return partition.hostname.partition(".")[0] or name or "localhost"


def _generation_number(mode: str) -> int:
    digits = mode.partition("_")[0].removeprefix("POWER").rstrip("+")
    return int(digits) if digits.isdigit() else 0


# ---- the shell ---------------------------------------------------------------------------------------------------

Command = Callable[[Guest, list[str]], "str | Answer"]
_COMMANDS: dict[str, Command] = {}
_USAGE: dict[str, str] = {}


def _command(usage: str) -> Callable[[Command], Command]:
    """Registers a command under the first word of its usage."""

    def register(run: Command) -> Command:
        name = usage.split(maxsplit=1)[0]
        _COMMANDS[name], _USAGE[name] = run, usage
        return run

    return register


def run(change: Change, partition: BasePartition, line: str) -> Answer:
    try:
        words = shlex.split(line.replace("|", " | "))
    except ValueError as wrong:
        return Answer(f"sh: {wrong}")
    first, *filters = _stages(words)
    if not first or any(not words for words in filters):
        return Answer("sh: syntax error near unexpected token `|'")
    command = _COMMANDS.get(first[0])
    if command is None:
        return Answer(f"sh: {first[0]}: command not found ('help' lists the commands of this guest)")
    answer = command(Guest(change, partition), first[1:])
    if isinstance(answer, Answer):
        return answer
    for words in filters:
        answer = _filtered(words, answer)
    return Answer(answer)


def _stages(words: list[str]) -> list[list[str]]:
    stages: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    return stages


def _filtered(words: list[str], text: str) -> str:
    lines = text.splitlines()
    name, *options = words
    if name in ("tail", "head"):
        number = next((option.lstrip("-") for option in reversed(options) if option.lstrip("-").isdigit()), "10")
        count = int(number)
        lines = lines[:count] if name == "head" else lines[max(0, len(lines) - count) :]
    elif name == "grep" and options:
        ignore = "-i" in options[:-1]
        wanted = options[-1].lower() if ignore else options[-1]
        lines = [line for line in lines if wanted in (line.lower() if ignore else line)]
    elif words == ["wc", "-l"]:
        lines = [str(len(lines))]
    else:
        return f"sh: {' '.join(words)}: pipes of this guest know tail, head, grep and wc -l"
    return "\n".join(lines)


@_command("help")
def _help(guest: Guest, options: list[str]) -> str:
    return "\n".join([*sorted(_USAGE.values()), "exit", "pipes: | tail -N, | head -N, | grep TEXT, | wc -l"])


@_command("uname [-a | -r | -m | -n]")
def _uname(guest: Guest, options: list[str]) -> str:
    name = hostname(guest.partition)
    if options == ["-a"]:
        return f"Linux {name} {RELEASE} #1 SMP ppc64le GNU/Linux"
    return {"-r": RELEASE, "-m": "ppc64le", "-n": name}.get("".join(options), "Linux")


@_command("hostname")
def _hostname(guest: Guest, options: list[str]) -> str:
    return hostname(guest.partition)


@_command("id")
def _id(guest: Guest, options: list[str]) -> str:
    return "uid=0(root) gid=0(root) groups=0(root)"


@_command("whoami")
def _whoami(guest: Guest, options: list[str]) -> str:
    return "root"


@_command("echo [TEXT]")
def _echo(guest: Guest, options: list[str]) -> str:
    return " ".join(options) + "\n"


@_command("nproc")
def _nproc(guest: Guest, options: list[str]) -> str:
    return str(guest.processors)


@_command("free [-m]")
def _free(guest: Guest, options: list[str]) -> str:
    total = guest.memory_mb * (1 if options == ["-m"] else 1024)
    used = int(total * guest.memory_share)
    cached = min(total // 32, total - used)
    head = f"{'':<7}" + "".join(
        f"{name:>12}" for name in ("total", "used", "free", "shared", "buff/cache", "available")
    )
    memory = (total, used, total - used - cached, 0, cached, total - used)
    return "\n".join(
        [
            head,
            f"{'Mem:':<7}" + "".join(f"{n:>12}" for n in memory),
            f"{'Swap:':<7}" + "".join(f"{0:>12}" for _ in range(3)),
        ]
    )


@_command("lsblk")
def _lsblk(guest: Guest, options: list[str]) -> str:
    return guest.storage.lsblk()


@_command("multipath -ll")
def _multipath(guest: Guest, options: list[str]) -> str:
    if options != ["-ll"]:
        return "multipath: this guest knows only 'multipath -ll'"
    return guest.storage.multipath()


@_command("ip link")
def _ip(guest: Guest, options: list[str]) -> str:
    if options[:1] not in (["link"], ["l"], ["a"], ["addr"]):
        return "ip: this guest knows only 'ip link'"
    lines = [
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000",
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
    ]
    for number, adapter in enumerate(guest.networks(), 2):
        mac = ":".join(adapter.mac[at : at + 2].lower() for at in range(0, 12, 2))
        lines += [
            # The kernel names a virtual Ethernet adapter after its slot (systemd.net-naming-scheme: vio).
            f"{number}: env{adapter.slot}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP"
            " mode DEFAULT group default qlen 1000",
            f"    link/ether {mac} brd ff:ff:ff:ff:ff:ff",
        ]
    return "\n".join(lines)


@_command("cat /proc/cpuinfo | /etc/hostname | /etc/os-release")
def _cat(guest: Guest, options: list[str]) -> str:
    texts: dict[str, Callable[[Guest], str]] = {
        "/proc/cpuinfo": _cpuinfo,
        "/etc/hostname": lambda guest: hostname(guest.partition),
        "/etc/os-release": lambda guest: 'NAME="OpenLPAR simulated guest"\nID=openlpar',
    }
    if not options:
        return "cat: name a file"
    return "\n".join(
        texts[path](guest) if path in texts else f"cat: {path}: No such file or directory" for path in options
    )


def _cpuinfo(guest: Guest) -> str:
    blocks = [
        f"processor\t: {number}\ncpu\t\t: {guest.generation} (architected), altivec supported\n"
        for number in range(guest.processors)
    ]
    return "\n".join([*blocks, f"platform\t: pSeries\nmodel\t\t: {guest.model}\nmachine\t\t: CHRP {guest.model}"])


@_command("lparstat -i")
def _lparstat(guest: Guest, options: list[str]) -> str:
    if options != ["-i"]:
        return "lparstat: this guest knows only 'lparstat -i'"
    partition, processors, memory = guest.partition, guest.partition.proc_config, guest.partition.mem_config
    shared, dedicated = processors.current_shared_proc_cfg, processors.current_dedicated_proc_cfg
    is_dedicated = processors.has_dedicated
    rows: list[tuple[str, object]] = [
        ("Node Name", hostname(partition)),
        ("Partition Name", partition.name),
        ("Partition Number", partition.id),
        ("Type", "Dedicated" if is_dedicated else "Shared"),
        ("Mode", "Capped" if is_dedicated or processors.sharing_mode == "capped" else "Uncapped"),
        ("Entitled Capacity", f"{Decimal(dedicated.current) if is_dedicated else shared.current_units:.2f}"),
        ("Partition Group-ID", 32768 + partition.id),
        ("Shared Pool ID", "-" if is_dedicated else shared.current_pool_id),
        ("Online Virtual CPUs", guest.processors),
        ("Maximum Virtual CPUs", dedicated.current_max if is_dedicated else shared.current_max_virtual),
        ("Minimum Virtual CPUs", dedicated.current_min if is_dedicated else shared.current_min_virtual),
        ("Online Memory", f"{guest.memory_mb} MB"),
        ("Maximum Memory", f"{memory.current_max} MB"),
        ("Minimum Memory", f"{memory.current_min} MB"),
        ("Variable Capacity Weight", 0 if is_dedicated else shared.current_uncapped_weight),
        ("Minimum Capacity", f"{Decimal(dedicated.current_min) if is_dedicated else shared.current_min_units:.2f}"),
        ("Maximum Capacity", f"{Decimal(dedicated.current_max) if is_dedicated else shared.current_max_units:.2f}"),
        ("Desired Memory", f"{memory.desired} MB"),
    ]
    return "\n".join(f"{name:<43}: {value}" for name, value in rows)


@_command("dmesg")
def _dmesg(guest: Guest, options: list[str]) -> str:
    lines = [
        f"Linux version {RELEASE} (openlpar-guest)",
        f"Using pSeries machine description: {guest.model}",
        f"Partition configured for {guest.processors} cpus.",
        f"Memory: {guest.memory_mb * 1024}K available",
    ]
    for adapter in guest.networks():
        lines.append(f"ibmveth 300000{adapter.slot:02x} env{adapter.slot}: link becomes ready")
    lines += guest.storage.boot_lines()
    text = "\n".join(f"[{number * 0.25:12.6f}] {line}" for number, line in enumerate(lines))
    noticed = guest.change.find(GuestDisks, guest.partition.uuid)
    for at, line in noticed.log if noticed is not None else ():
        moment = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
        text += f"\n[{moment:%a %b %e %H:%M:%S %Y}] {line}"
    return text


@_command("date")
def _date(guest: Guest, options: list[str]) -> str:
    return datetime.datetime.fromtimestamp(guest.change.clock.now() / 1000, datetime.UTC).strftime(
        "%a %b %e %H:%M:%S UTC %Y"
    )


@_command("shutdown -h now | -r now")
def _shutdown(guest: Guest, options: list[str]) -> str | Answer:
    if "now" not in options:
        return "shutdown: this guest knows only 'shutdown -h now' and 'shutdown -r now'"
    return _down(guest, restarts="-r" in options)


@_command("poweroff")
def _poweroff(guest: Guest, options: list[str]) -> Answer:
    return _down(guest, restarts=False)


@_command("reboot")
def _reboot(guest: Guest, options: list[str]) -> Answer:
    return _down(guest, restarts=True)


def _down(guest: Guest, *, restarts: bool) -> Answer:
    if guest.partition.is_mgmt_partition:
        return Answer("Refused: this partition runs the management of the server, and with it this simulation.")
    return Answer(f"The system will {'reboot' if restarts else 'power off'} now!", goes_down=True, restarts=restarts)
