"""chvg: how a volume group works, and what its disks have grown.

IBM's page of the command has all options but -bbr, which is recalled, as are the messages of the logical volume manager.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Value, ValueOrAll, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status

_BAD_BLOCKS = {"enable": "true", "disable": "false"}


class Chvg(Command, name="chvg", group="Volume Group"):
    """Sets the characteristics of a volume group."""

    unlock = Flag("-unlock", "free it from the lock of a command that did not end")
    suspend = Flag("-suspend", "let its I/O wait: partitions find none of its disks")
    resume = Flag("-resume", "let its I/O go on")
    factor = ValueOrAll(
        "-factor", "Number", "how many times 1016 physical partitions a disk may have; without it the least"
    )
    chksize = Flag("-chksize", "take into use what its disks have grown")
    bbr = Value("-bbr", "{enable | disable}", "whether bad blocks are replaced")
    group_name = Operand("VolumeGroup", "the volume group")

    @form(may(unlock), may(one(suspend, resume)), may(factor), may(chksize), may(bbr), group_name)
    def change(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        if set(self.given) == {"group_name"}:
            raise Refusal(Status.SYNTAX, f"What is to be changed of {group.name}? 'chvg -help' lists the options.")
        if self.bbr and self.bbr not in _BAD_BLOCKS:
            raise Refusal(Status.SYNTAX, f'-bbr "{self.bbr}" is not valid. Use enable or disable.')
        perform = self.server.operator.perform
        if self.unlock:
            yield f"{group.name} is not locked: every command here has ended, or was taken back."
        if self.resume:
            perform("volume_group.suspend", group.uuid, suspended="false")
        if self.chksize and not perform("volume_group.grow", group.uuid)["disks"]:
            raise Refusal(
                Status.INCOMPLETE,
                "0516-1382 chvg: Volume group is not changed. None of the disks in the\n"
                "        volume group have grown in size.",
            )
        policy = {
            "factor": {"": "", "*": "0"}.get(self.factor, self.factor),
            "relocates": _BAD_BLOCKS.get(self.bbr, ""),
        }
        if any(policy.values()):
            perform("volume_group.set_policy", group.uuid, **policy)
        if self.suspend:
            perform("volume_group.suspend", group.uuid, suspended="true")
