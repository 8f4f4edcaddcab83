"""Machine type, model and serial number: how IBM names a machine."""

from __future__ import annotations

from openlpar.uom.core import Element, Text


class MachineTypeModelAndSerialNumber(Element):
    """Machine type, model and serial number, printed as ``8247-21L*212E3CA``."""

    machine_type = Text("MachineType", access="CUR")
    model = Text("Model", access="CUR")
    serial = Text("SerialNumber", access="CUR", hmc="serial_num")

    def __str__(self) -> str:
        return f"{self.machine_type}-{self.model}*{self.serial}"
