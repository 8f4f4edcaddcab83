"""The ways out of the virtual switches: what is behind the trunk adapters of Virtual I/O Servers that run.

``user``, ``outside``: a user-mode network, which needs no root: a QEMU without a machine that joins libslirp and the trunk's port
on a hub, one for each trunk. It outlives the service, and whether it runs is told by the lock on its file with the pid, which
it inherited. ``tap``: a TAP device, which the switch makes or finds. ``none``: nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import signal
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import launch as launches
from openlpar.hypervisor.qemu.arguments import port_name
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.options import Uplink
from openlpar.ports.state import World
from openlpar.qemu_host.probe import SANDBOX
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer

log = logging.getLogger(__name__)

NETWORK = "10.0.2.0/24"
LEASES = 16
"""Addresses that libslirp's DHCP server gives away; it has no setting for that."""
REST_S = 2.0
"""Seconds between two starts of the same process."""
_FOLDER = "u"
_FIRST_LEASE = 15
_LONGEST_DEVICE = 15
_LAST_WORDS = 500


def trunks(world: World) -> Iterator[tuple[VirtualIOServer, ClientNetworkAdapter]]:
    """The trunk adapters that a Virtual I/O Server bridges: those of shared Ethernet adapters; all where the system describes no
    shared Ethernet adapter."""
    seas = [sea for bridge in world.all(NetworkBridge) for sea in bridge.seas]
    seas += [sea for vios in world.all(VirtualIOServer) for sea in vios.seas]
    bridged = {trunk.mac for sea in seas for trunk in sea.trunk_adapters}
    for vios in world.all(VirtualIOServer):
        for adapter in world.all(ClientNetworkAdapter, vios.uuid):
            if adapter.trunk_pri and (not bridged or adapter.mac in bridged):
                yield vios, adapter


def wanted(world: World) -> dict[str, ClientNetworkAdapter]:
    """The trunk adapters that have a way out now, by name of their port."""
    return {
        port_name(vios.id, adapter.slot): adapter
        for vios, adapter in trunks(world)
        if vios.state == PartitionState.RUNNING and (adapter.enabled or not adapter.has("enabled"))
    }


def led_out(carried: dict[str, Any], names: Collection[str], uplink: Uplink, folder: Path) -> dict[str, Any]:
    """What the switch carries (``network.wanted``), with ways out at the ports of these names.

    A user-mode network knows no VLANs: it is on the PVID alone.
    """
    if uplink is Uplink.NONE:
        return carried

    def led(port: dict[str, Any]) -> dict[str, Any]:
        if port["name"] not in names:
            return port
        if uplink is Uplink.TAP:
            return port | {"kind": "tap", "device": device(folder, port["name"])}
        return port | {"kind": "user", "network": NETWORK, "tagged": []}

    return carried | {"ports": [led(port) for port in carried["ports"]]}


def device(folder: Path, name: str) -> str:
    """Name of a port's TAP device. folder: the back end's, for there may be several systems on a host."""
    of_system = hashlib.blake2b(str(folder.absolute()).encode()).hexdigest()[:4]
    return f"ol{of_system[: max(0, _LONGEST_DEVICE - len(f'ol-{name}'))]}-{name}"


def arguments(name: str, priority: int, uplink: Uplink, host: Host, network: Path, pid: Path) -> tuple[str, ...]:
    """The whole command line of a user-mode network. network: the switch's folder; pid: file for its pid.

    Trunks of different priority give away different addresses: when one takes over, what the other gave away stays good.
    """
    first = NETWORK.replace(".0/24", f".{_FIRST_LEASE + LEASES * (priority - 1)}")
    slirp = {
        "type": "user",
        "id": "out",
        "net": NETWORK,
        "dhcpstart": first,
        "ipv6": False,
        "restrict": uplink is Uplink.USER,
    }
    ends = [{"type": "unix", "path": str(network / f"{name}.{end}")} for end in ("g", "s")]
    port = {"type": "dgram", "id": "port", "local": ends[0], "remote": ends[1]}
    hub = [{"type": "hubport", "id": f"hub-{joined}", "hubid": 0, "netdev": joined} for joined in ("out", "port")]
    return (
        *host.command,
        *("-name", f"uplink-{name}", "-M", "none", "-accel", "tcg,tb-size=1"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-pidfile", str(pid)),
        *(("-sandbox", SANDBOX) if host.sandbox else ()),
        *(word for netdev in (slirp, port, *hub) for word in ("-netdev", json.dumps(netdev))),
    )


def usable(name: str, user: int, sysfs: Path = Path("/sys/class/net"), tun: Path = Path("/dev/net/tun")) -> bool:
    """Whether there is a TAP device of this name that the user may use without any privilege."""
    try:
        (sysfs / name / "tun_flags").read_text()
        owner = int((sysfs / name / "owner").read_text())
    except (OSError, ValueError):
        return False
    return owner in (-1, user) and os.access(tun, os.R_OK | os.W_OK)


@dataclass(slots=True, eq=False)
class _Network:
    """A user-mode network that runs. words: its command line; gone: it ended."""

    words: tuple[str, ...]
    pidfd: int
    gone: asyncio.Event


class Uplinks:
    """Keeps the ways out as the state wants them. lost: called when one ended by itself."""

    def __init__(
        self, world: World, wish: Uplink | None, host: Host, folder: Path, network: Path, lost: Callable[[], None]
    ) -> None:
        """wish: None for ``user`` where that is possible; folder: the back end's; network: the switch's.
        Raises HostUnfit when the wish cannot be had here."""
        self._world, self._host, self._network, self._lost = world, host, network, lost
        self._system, self._folder = folder, folder / _FOLDER
        self._running: dict[str, _Network] = {}
        self._rests: dict[str, float] = {}
        self._is_new = True
        self.uplink = self._granted(wish)

    def _granted(self, wish: Uplink | None) -> Uplink:
        can = self._host.user_network
        if wish is None:
            if not can:
                log.warning("virtual networks end inside the system: %s. %s", can.reason, can.remedy)
            return Uplink.USER if can else Uplink.NONE
        if wish in (Uplink.USER, Uplink.OUTSIDE) and not can:
            raise HostUnfit(f"--uplink {wish}: {can.reason}. {can.remedy}")
        if wish is Uplink.TAP:
            names = [device(self._system, port_name(vios.id, adapter.slot)) for vios, adapter in trunks(self._world)]
            missing = [name for name in names if not usable(name, os.geteuid())]
            if missing and not self._host.tap:
                raise HostUnfit(
                    f"--uplink tap: {self._host.tap.reason}. Let root make {', '.join(missing)}, each by 'ip tuntap add NAME"
                    f" mode tap user {os.geteuid()}'; or run the service with CAP_NET_ADMIN; or use --uplink user."
                )
            log.info("virtual networks lead out by the TAP devices %s", ", ".join(names) or "of trunks to come")
        return wish

    async def carry(self, switch: Switch, carried: dict[str, Any]) -> bool:
        """Lets the switch carry this (``network.wanted``), and lead out. Whether all is as it is wanted. Raises SwitchError."""
        names = wanted(self._world)
        done = await self._converge(names if self.uplink in (Uplink.USER, Uplink.OUTSIDE) else {})
        try:
            await switch.configure(led_out(carried, names, self.uplink, self._system))
        except SwitchError as error:
            if self.uplink is not Uplink.TAP:
                raise
            # A device that cannot be had must not cut the partitions off from each other.
            await switch.configure(carried)
            log.error("virtual networks end inside the system: %s", error)
            return False
        return done

    async def close(self) -> None:
        """They go on."""
        for running in self._running.values():
            self._unwatch(running)
        self._running.clear()

    async def _converge(self, names: dict[str, ClientNetworkAdapter]) -> bool:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._network.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._is_new:
            for path in self._folder.glob("*.pid"):
                self._adopt(path.stem)
            self._is_new = False
        done = True
        for name, running in list(self._running.items()):
            if name not in names or running.words != self._words(name, names[name]):
                await self._end(name, running)
        for name, adapter in names.items():
            if name not in self._running:
                done = self._start(name, self._words(name, adapter)) and done
        return done

    def _words(self, name: str, adapter: ClientNetworkAdapter) -> tuple[str, ...]:
        pid = self._folder / f"{name}.pid"
        return arguments(name, adapter.trunk_pri, self.uplink, self._host, self._network, pid)

    def _start(self, name: str, words: tuple[str, ...]) -> bool:
        if self._rests.get(name, 0.0) > asyncio.get_running_loop().time():
            return False
        lock = launches.lock(self._folder, f"{name}.pid")
        if lock is None:
            return self._adopt(name) and self._running[name].words == words
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        said = os.open(self._log(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            pid = os.posix_spawn(
                words[0],
                words,
                {"PATH": os.defpath, "LC_ALL": "C", **self._host.environment},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, own, its) for own, its in ((null, 0), (said, 1), (said, 2), (lock, 3))
                ],
                setsid=True,
            )
        except OSError as error:
            log.error("the user-mode network of port %s does not start: %s", name, error)
            return False
        finally:
            for file in (null, said, lock):
                os.close(file)
        self._rests[name] = asyncio.get_running_loop().time() + REST_S
        self._watch(name, _Network(words, os.pidfd_open(pid), asyncio.Event()))
        return True

    def _adopt(self, name: str) -> bool:
        """Takes up the one that runs already. False: none does, or it has not said yet which it is."""
        path = self._folder / f"{name}.pid"
        try:
            pid = int(path.read_text())
            words = tuple(Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1])
            pidfd = os.pidfd_open(pid)
        except (OSError, ValueError):
            return False
        free = launches.lock(self._folder, path.name)
        if free is not None:  # it ended meanwhile, or long ago: the pid is another one's
            os.close(free)
            os.close(pidfd)
            return False
        self._watch(name, _Network(words, pidfd, asyncio.Event()))
        return True

    async def _end(self, name: str, running: _Network) -> None:
        """At once: it has nothing to lose."""
        del self._running[name]
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(running.pidfd, signal.SIGKILL)
        await running.gone.wait()
        self._rests.pop(name, None)
        for path in (self._folder / f"{name}.pid", self._log(name), self._network / f"{name}.g"):
            path.unlink(missing_ok=True)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _watch(self, name: str, running: _Network) -> None:
        self._running[name] = running
        asyncio.get_running_loop().add_reader(running.pidfd, self._ended, name, running)

    def _unwatch(self, running: _Network) -> None:
        asyncio.get_running_loop().remove_reader(running.pidfd)
        os.close(running.pidfd)

    def _ended(self, name: str, running: _Network) -> None:
        with contextlib.suppress(ChildProcessError):  # one that was found is not our child
            os.waitid(os.P_PIDFD, running.pidfd, os.WEXITED | os.WNOHANG)
        self._unwatch(running)
        running.gone.set()
        if self._running.get(name) is running:
            del self._running[name]
            log.error("the user-mode network of port %s ended: %s", name, self._last_words(name) or "it said nothing")
            self._lost()

    def _last_words(self, name: str) -> str:
        try:
            said = self._log(name).read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return " ".join(line for line in said if "warning:" not in line)[-_LAST_WORDS:]
