"""The command line of ``openlpar``: one subcommand each, every one with an example in its help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from openlpar.cli.command import call, complain
from openlpar.cli.openlpar import (
    backups,
    explain,
    hmc,
    host,
    inventories,
    maintenance,
    monitoring,
    reach,
    redundancy,
    scenarios,
    simulation,
    trust,
)

_EPILOG = """\
first steps:
  openlpar serve --data .openlpar                       a NovaLink-managed server on loopback
  export OPENLPAR_URL=http://127.0.0.1:12080            where all commands find it
  pvmctl lpar list                                      in another terminal

watch what partitions do:
  openlpar monitor on && openlpar top
  openlpar workload set 'db*' bursty --peak 2

try faults:
  openlpar fault add vios-busy --subject vios1 --times 3
  openlpar fault add error --operation PowerOn --message PVME01050040-0001
  openlpar fault list

exercise:
  openlpar scenario list
  openlpar scenario run vios-down --interactive

environment:
  OPENLPAR_URL           the service that is asked (default http://localhost:12080)
  OPENLPAR_ADMIN_TOKEN   the token in DIR/admin.token, needed when the service listens on more than loopback
  OPENLPAR_CACHE         where setup-qemu keeps QEMU and the guest kit (default ~/.cache/openlpar)

'openlpar COMMAND --help' explains a command.
"""


class _Parser(argparse.ArgumentParser):
    """Errors show the way to the help page and exit with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nhint: '{self.prog} --help' explains the command.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. arguments: without the program's name; default those of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return call(_parser, _act, words or ["--help"])


def _act(args: argparse.Namespace) -> int:
    try:
        status: int = args.act(args)
    except inventories.Missing as missing:
        return complain(f"openlpar: {missing}", missing.hint)
    return status


def _parser() -> argparse.ArgumentParser:
    from openlpar import __version__

    parser = _Parser(
        prog="openlpar",
        description="An open NovaLink: the management stack of a Power server, on an embedded hypervisor.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"openlpar {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for add in (
        _serve,
        _load,
        _generate,
        _dump,
        _halt,
        _password,
        _backup,
        _snapshot,
        _restore,
        _fault,
        _step,
        _health,
        _features,
        _coverage,
        _reach,
        _redundancy,
        _maintenance,
        _explain,
        _doctor,
        _setup_qemu,
        _trust,
        _workload,
        _monitor,
        _top,
        _hmc,
        _rmc,
        _scenario,
    ):
        add(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    summary: str,
    example: str,
    act: Callable[[argparse.Namespace], int],
) -> _Parser:
    made: _Parser = commands.add_parser(
        name,
        help=summary,
        description=_sentence(summary),
        epilog=f"example:\n  openlpar {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(act=act)
    return made


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."


def _running(parser: _Parser) -> None:
    """Options of the commands that ask a running service."""
    parser.add_argument("--url", default="", help="the service (default: OPENLPAR_URL, or the local one)")
    parser.add_argument("--data", default="", metavar="DIR", help="its data directory, to read the admin token from")


def _clock(text: str) -> str:
    mode, colon, setting = text.partition(":")
    if mode in ("real", "immediate", "stepped") and not colon:
        return text
    try:
        if mode == "scaled" and float(setting) > 0:
            return text
        if mode == "stepped" and datetime.fromisoformat(setting).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is none of real, immediate, stepped, stepped:2040-01-02T08:00:00Z, scaled:N with N above 0"
    )


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form ADDRESS:PORT")
    return text


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _serve(commands: argparse._SubParsersAction[_Parser]) -> None:
    serve = _command(
        commands,
        "serve",
        "run the whole stack in one process; prints one line of JSON when it is ready",
        "serve --data .openlpar --http 127.0.0.1:0 --https 127.0.0.1:0 --clock immediate",
        inventories.serve,
    )
    serve.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the state is kept")
    serve.add_argument("--http", type=_address, default="127.0.0.1:12080", metavar="A:P", help="default: %(default)s")
    serve.add_argument("--https", type=_address, default="127.0.0.1:12443", metavar="A:P", help="default: %(default)s")
    serve.add_argument(
        "--clock",
        type=_clock,
        default="real",
        metavar="MODE",
        help="real (default), scaled:N, immediate, stepped or stepped:TIME",
    )
    first = serve.add_mutually_exclusive_group()
    first.add_argument("--system", type=Path, metavar="FILE", help="inventory of a new state directory")
    first.add_argument("--load", nargs="+", metavar="FEED", help="recorded feeds of a real system as its inventory")
    serve.add_argument("--hypervisor", default="sim", metavar="NAME", help="back end (default: sim)")
    serve.add_argument(
        "--saved-states",
        type=Path,
        metavar="DIR",
        help="with --hypervisor qemu, for tests and demonstrations: partitions of a form that has come up before start from its "
        "state, kept here. They all have to run the same system, one that lives in memory, as the kit's minimal disk does",
    )
    serve.add_argument(
        "--uplink",
        default="",
        metavar="KIND",
        help="with --hypervisor qemu, what virtual networks find behind a Virtual I/O Server: user (default), addresses and a "
        "gateway, and nothing beyond; outside, the same and the networks of this host; tap, TAP devices; none",
    )
    serve.add_argument(
        "--pools",
        type=Path,
        metavar="DIR",
        help="with --hypervisor qemu: where logical units and disks of the SAN are kept (default: in the data directory). "
        "Servers that name the same folder share what has the same UDID, and partitions can move between them",
    )
    serve.add_argument(
        "--entitlement",
        default="",
        metavar="KIND",
        help="with --hypervisor qemu, whether partitions are kept to their processing units and weights: on, off, or on where "
        "this host lets the service make control groups (default)",
    )
    kept = serve.add_mutually_exclusive_group()
    kept.add_argument(
        "--backups", type=Path, metavar="DIR", help="where hourly backups go (default: backups below --data)"
    )
    kept.add_argument("--no-backups", action="store_true", help="make none by the clock")
    serve.add_argument("--user", default="", metavar="NAME", help="a user who may log on with a password")
    serve.add_argument("--password-stdin", action="store_true", help="read that password from standard input")
    serve.add_argument("--seed", type=_count, default=1, metavar="N", help="of chance (default: 1)")
    serve.add_argument("--fault-rules", metavar="FILE", help="fault rules to begin with, as for 'openlpar fault apply'")


def _halt(commands: argparse._SubParsersAction[_Parser]) -> None:
    halt = _command(
        commands,
        "halt",
        "end the partitions that go on in QEMU after the service has ended, their disks and their switch",
        "halt --data .openlpar",
        inventories.halt,
    )
    halt.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _password(commands: argparse._SubParsersAction[_Parser]) -> None:
    password = _command(
        commands,
        "password",
        "set the password with which a user may log on over https; it is read from standard input",
        "password neo --data /var/lib/openlpar < secret",
        inventories.password,
    )
    password.add_argument("user", metavar="NAME", help="the user")
    password.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _backup(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "back up partitions and Virtual I/O Servers, and see what backups there are"
    backup = commands.add_parser("backup", help=summary, description=_sentence(summary))
    verbs = backup.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    run = _command(
        verbs,
        "run",
        "back up now: profile.bak of the system, and viosbr of each Virtual I/O Server",
        "backup run\n  openlpar backup run daily --directory /var/backups/pvm --data /var/lib/openlpar",
        backups.run,
    )
    run.add_argument("kind", nargs="?", choices=["hourly", "daily"], default="hourly", help="default: hourly")
    listed = _command(
        verbs, "list", "the backups there are, and how the last ones went", "backup list", backups.list_all
    )
    for parser in (run, listed):
        parser.add_argument(
            "--directory", metavar="DIR", help="where they are kept; default: where the service keeps its own"
        )
    copied = _command(
        verbs,
        "copy",
        "copy a backup onto a Virtual I/O Server, into /home/padmin/cfgbackups, to restore it there with viosbr",
        "backup copy vios_2_daily_01.viosbr.tar.gz --id 2",
        backups.copy,
    )
    copied.add_argument("file", metavar="FILE", help="a backup that viosbr wrote")
    copied.add_argument("--id", type=_count, required=True, metavar="N", help="partition id of the Virtual I/O Server")
    for parser in (run, listed, copied):
        _running(parser)


def _snapshot(commands: argparse._SubParsersAction[_Parser]) -> None:
    snapshot = _command(
        commands,
        "snapshot",
        "save the whole state of a service in one file, also while it runs",
        "snapshot before-upgrade.snapshot --data /var/lib/openlpar",
        inventories.snapshot,
    )
    snapshot.add_argument("file", type=Path, metavar="FILE", help="the snapshot; one that is there is replaced")
    snapshot.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _restore(commands: argparse._SubParsersAction[_Parser]) -> None:
    restore = _command(
        commands,
        "restore",
        "put a snapshot back; the service must not run",
        "restore before-upgrade.snapshot --data /var/lib/openlpar --replace",
        inventories.restore,
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that 'openlpar snapshot' wrote")
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", help="the state directory to be")
    restore.add_argument("--replace", action="store_true", help="in the place of the state that is there")


def _load(commands: argparse._SubParsersAction[_Parser]) -> None:
    load = _command(
        commands,
        "load",
        "make an inventory file of recorded Atom feeds of a real system",
        "load managedsystem.xml lpars.xml vioses.xml -o system.yaml",
        inventories.load,
    )
    load.add_argument("feeds", nargs="+", metavar="FEED", help="a feed or entry as a server sent it")
    load.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    load.add_argument("--seed", type=_count, default=1, metavar="N", help="of what has to be made up (default: 1)")


def _generate(commands: argparse._SubParsersAction[_Parser]) -> None:
    generate = _command(
        commands,
        "generate",
        "make inventory files of systems of any size",
        "generate --partitions 1000 --seed 7 -o large.yaml",
        inventories.generate,
    )
    generate.add_argument("--partitions", type=_count, default=100, metavar="N", help="of each system (default: 100)")
    generate.add_argument("--systems", type=_count, default=1, metavar="N", help="one file each (default: 1)")
    generate.add_argument("--vioses", type=_count, default=2, metavar="N", help="of each system (default: 2)")
    generate.add_argument("--running", default="0.9", metavar="0..1", help="part of the partitions that run")
    generate.add_argument("--seed", type=_count, default=1, metavar="N", help="the same seed makes the same systems")
    generate.add_argument("--full", action="store_true", help="write every object out, instead of how to make it")
    generate.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")


def _dump(commands: argparse._SubParsersAction[_Parser]) -> None:
    dump = _command(
        commands, "dump", "write the running system as an inventory file", "dump -o system.yaml", simulation.dump
    )
    dump.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    _running(dump)


def _fault(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "let operations fail, wait, or crash the service"
    fault = commands.add_parser("fault", help=summary, description=_sentence(summary))
    verbs = fault.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    listed = _command(
        verbs, "list", "the rules in force, and the faults there are", "fault list", simulation.fault_list
    )
    added = _command(
        verbs,
        "add",
        "put a rule into force",
        "fault add vios-busy --subject vios1 --times 3\n"
        "  openlpar fault add delay --operation PowerOn --seconds 30\n"
        "  openlpar fault add pool-full --subject pool1\n"
        "  openlpar fault add crash --operation lpar.create",
        simulation.fault_add,
    )
    added.add_argument(
        "name", metavar="FAULT", help="vios-busy, vios-rmc-lost, lpar-rmc-lost, error, delay, pool-full, crash"
    )
    for flag, kind, text in simulation.RULE_OPTIONS:
        added.add_argument(f"--{flag}", type=kind, metavar=flag[:1].upper(), help=text)
    removed = _command(verbs, "remove", "take a rule back", "fault remove fault-1", simulation.fault_remove)
    removed.add_argument("rule", metavar="RULE", help="its id, or 'all'")
    applied = _command(
        verbs, "apply", "put the rules of a file into force", "fault apply rules.yaml", simulation.fault_apply
    )
    applied.add_argument("file", metavar="FILE", help="YAML or JSON: a list of rules, each as 'fault add' takes it")
    for parser in (listed, added, removed, applied):
        _running(parser)


def _step(commands: argparse._SubParsersAction[_Parser]) -> None:
    step = _command(commands, "step", "move the simulation's clock ahead", "step 60", simulation.step)
    step.add_argument("seconds", type=float, metavar="SECONDS", help="simulated seconds")
    _running(step)


def _health(commands: argparse._SubParsersAction[_Parser]) -> None:
    _running(_command(commands, "health", "whether the service is well", "health", simulation.health))


def _features(commands: argparse._SubParsersAction[_Parser]) -> None:
    _running(
        _command(commands, "features", "what this server offers beyond a NovaLink", "features", simulation.features)
    )


def _coverage(commands: argparse._SubParsersAction[_Parser]) -> None:
    coverage = _command(commands, "coverage", "what can be done with each resource", "coverage", simulation.coverage)
    _running(coverage)


def _reach(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "which partitions a partition can exchange network frames with, by which way, and why not"
    command = _command(
        commands, "reach", summary, "reach vm1 vm2\n  openlpar reach vm1 outside\n  openlpar reach vm1", reach.run
    )
    command.add_argument("source", metavar="PARTITION", help="name of a partition or Virtual I/O Server")
    command.add_argument("target", nargs="?", default="", metavar="PARTITION", help="another one, or 'outside'")
    command.add_argument("--json", action="store_true", help="as JSON")
    _running(command)


def _redundancy(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = (
        "paths to the disks, Fibre Channel ports and networks of partitions, and what they would lose with one server"
    )
    command = _command(commands, "redundancy", summary, "redundancy\n  openlpar redundancy vm1", redundancy.run)
    command.add_argument("partition", nargs="?", default="", metavar="PARTITION", help="its name; default: all")
    command.add_argument("--json", action="store_true", help="as JSON")
    _running(command)


def _maintenance(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "take a Virtual I/O Server out of service and put it back, without anybody losing disks or networks by it"
    group = commands.add_parser("maintenance", help=summary, description=f"{summary.capitalize()}.")
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    begin = _command(
        verbs,
        "begin",
        "power it off, unless clients that run need it: then all of them are named",
        "maintenance begin vios2 --evacuate",
        maintenance.begin,
    )
    begin.add_argument(
        "--evacuate",
        action="store_true",
        help="disks that only it lends are lent by another one, as long as it is away",
    )
    begin.add_argument("--force", action="store_true", help="power it off although clients lose something")
    end = _command(
        verbs, "end", "power it on, and remove what was added without it", "maintenance end vios2", maintenance.end
    )
    shown = _command(
        verbs,
        "status",
        "which servers are out of service, and what would stand against it",
        "maintenance status vios2",
        maintenance.status,
    )
    shown.add_argument("--json", action="store_true", help="as JSON")
    for parser in (begin, end, shown):
        parser.add_argument("vios", nargs="?" if parser is shown else None, default="", metavar="VIOS", help="its name")
        _running(parser)


def _explain(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = _command(
        commands, "explain", "what a message means and what to do about it", "explain PVME01050010-0056", explain.run
    )
    command.add_argument("message", nargs="?", default="", metavar="MESSAGE-ID", help="without it all are listed")


def _doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "whether real partitions can be run on this host, and what is missing; exit status 1 when they cannot"
    doctor = _command(commands, "doctor", summary, "doctor", host.doctor)
    doctor.add_argument("--json", action="store_true", help="as JSON")


def _setup_qemu(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "get QEMU and the guest kit into the cache folder (OPENLPAR_CACHE), without root"
    _command(commands, "setup-qemu", summary, "setup-qemu", host.setup_qemu)


def _trust(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = _command(
        commands,
        "trust",
        "make this system and another one known to each other, so that partitions can move between them",
        "trust https://osprey.example.com:12443 --own-url https://gannet.example.com:12443 --user neo",
        trust.trust,
    )
    command.add_argument("address", metavar="URL", help="REST service of the other system")
    command.add_argument("--url", default="", help="the service here (default: OPENLPAR_URL, or the local one)")
    command.add_argument(
        "--own-url", default="", metavar="URL", help="how the other system reaches it (default: the same)"
    )
    command.add_argument(
        "--user", default="", metavar="NAME", help="a user of the other system (default: as for the one here)"
    )
    command.add_argument("--password-stdin", action="store_true", help="read that user's password from standard input")
    command.add_argument(
        "--fingerprint",
        default="",
        metavar="SHA256",
        help="of the other service's certificate, compared instead of asked for",
    )


def _workload(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "what simulated partitions are busy with"
    workload = commands.add_parser("workload", help=summary, description=_sentence(summary))
    verbs = workload.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    listed = _command(
        verbs, "list", "what each partition does, and the rules for it", "workload list", monitoring.workload_list
    )
    made = _command(
        verbs,
        "set",
        "say what partitions do from now on; a rule for the same names is replaced",
        "workload set 'db*' bursty --level 0.2 --peak 2\n  openlpar workload set web1 diurnal --peak 0.9 --hour 14",
        monitoring.workload_set,
    )
    made.add_argument("partition", metavar="PARTITION", help="its name, or a pattern of names")
    made.add_argument("kind", metavar="KIND", help="idle, steady, bursty or diurnal")
    for name, text in monitoring.SETTINGS:
        made.add_argument(f"--{name}", type=float, metavar=name[:1].upper(), help=text)
    removed = _command(verbs, "remove", "take a rule back", "workload remove 'db*'", monitoring.workload_remove)
    removed.add_argument("partition", metavar="PARTITION", help="the name or pattern it was set for")
    for parser in (listed, made, removed):
        _running(parser)


def _monitor(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = _command(
        commands,
        "monitor",
        "switch the performance and capacity monitors, or show which are on",
        "monitor on",
        monitoring.monitor,
    )
    command.add_argument("switch", nargs="?", choices=("on", "off"), metavar="on|off", help="default: show")
    command.add_argument(
        "--monitor",
        action="append",
        choices=tuple(monitoring.MONITORS),
        metavar="NAME",
        help="long-term, short-term, aggregation or compute-only, several times (default: long-term and aggregation to switch on, "
        "all to switch off)",
    )
    _running(command)


def _top(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = _command(
        commands,
        "top",
        "what partitions use, by the last interval of the long term monitor; live on a terminal",
        "top --sort network",
        monitoring.top,
    )
    command.add_argument(
        "--sort", choices=("used", "name", "network", "storage"), default="used", metavar="COLUMN", help="default: used"
    )
    command.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="between two tables (default: 5)")
    command.add_argument("--once", action="store_true", help="one table, on a terminal too")
    _running(command)


def _hmc(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "let a simulated HMC manage the system beside its NovaLink, and take the master role"
    group = commands.add_parser("hmc", help=summary, description=_sentence(summary))
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    for word, (text, example) in hmc.VERBS.items():
        verb = _command(verbs, word, text, f"hmc {example}", hmc.act)
        verb.set_defaults(does=word)
        if word != "show":
            verb.add_argument("console", metavar="HMC", help="its name")
        if word == "take":
            verb.add_argument("--mode", choices=hmc.MODES, help="how it holds the role (default: norm)")
            verb.add_argument("--force", action="store_true", default=None, help="do not wait for the other side")
        if word == "work":
            verb.add_argument("--seconds", type=_count, metavar="S", help="simulated seconds (default: 60)")
        _running(verb)


def _rmc(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "the RMC connection of each partition, and why one is not active"
    command = _command(commands, "rmc", summary, "rmc vm1", simulation.rmc)
    command.add_argument("partition", nargs="?", default="", metavar="PARTITION", help="its name; default: all")
    _running(command)


def _scenario(commands: argparse._SubParsersAction[_Parser]) -> None:
    summary = "play a day in the life of a server, as an exercise or as a test"
    group = commands.add_parser("scenario", help=summary, description=f"{summary.capitalize()}.")
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    does = {
        "run": scenarios.run,
        "list": scenarios.list_all,
        "show": scenarios.show,
        "check": scenarios.check,
        "words": scenarios.words,
    }
    made = {
        word: _command(verbs, word, text, f"scenario {example}", does[word])
        for word, (text, example) in scenarios.ABOUT.items()
    }
    made["run"].add_argument("--interactive", action="store_true", help="let somebody do the tasks")
    made["run"].add_argument("--seed", type=_count, metavar="N", help="of chance (default: the scenario's)")
    made["run"].add_argument(
        "--url", default="", help="a running service with a stepped clock (default: one is started for it)"
    )
    for word, count in (("run", None), ("show", None), ("check", "+")):
        made[word].add_argument("scenario", nargs=count, metavar="SCENARIO", help="a file, or one of the list")
