"""The words for states and modes of partitions."""

from __future__ import annotations

from enum import StrEnum


class PartitionState(StrEnum):
    """What a partition is doing."""

    ERROR = "error"
    NOT_ACTIVATED = "not activated"
    NOT_AVAILABLE = "not available"
    OPEN_FIRMWARE = "open firmware"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting down"
    STARTING = "starting"
    MIGRATING_NOT_ACTIVE = "migrating not active"
    MIGRATING_RUNNING = "migrating running"
    HARDWARE_DISCOVERY = "hardware discovery"
    SUSPENDED = "suspended"
    SUSPENDING = "suspending"
    RESUMING = "resuming"
    UNKNOWN = "Unknown"


class PartitionType(StrEnum):
    """Which kind of operating system a partition is for."""

    AIX_LINUX = "AIX/Linux"
    OS400 = "OS400"
    VIOS = "Virtual IO Server"


class RMCState(StrEnum):
    """Whether the partition's operating system talks to the console (resource monitoring and control)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NONE = "none"
    UNKNOWN = "unknown"
    BUSY = "busy"


class BootMode(StrEnum):
    """Where a partition stops when it boots."""

    NORMAL = "Normal"
    SMS = "System_Management_Services"
    DIAGNOSTIC_DEFAULT = "Diagnostic_With_Default_Boot_List"
    DIAGNOSTIC_STORED = "Diagnostic_With_Stored_Boot_List"
    OPEN_FIRMWARE = "Open_Firmware"
    PETITBOOT = "Petitboot"
    UNAVAILABLE = "Unavailable"
    DEFAULT = "Default"
    UNKNOWN = "Unknown"


class KeylockPosition(StrEnum):
    """Position of the (virtual) key: manual allows service functions."""

    MANUAL = "manual"
    NORMAL = "normal"
    UNKNOWN = "unknown"


class ProcessorCompatibilityMode(StrEnum):
    """Which generation of processor the partition sees."""

    DEFAULT = "default"
    POWER5 = "POWER5"
    POWER6 = "POWER6"
    POWER6_ENHANCED = "POWER6_Enhanced"
    POWER6_PLUS = "POWER6_Plus"
    POWER6_PLUS_ENHANCED = "POWER6_Plus_Enhanced"
    POWER7 = "POWER7"
    POWER8 = "POWER8"
    POWER8_ENHANCED = "POWER8_Enhanced"
    POWER9_BASE = "POWER9_Base"
    POWER9 = "POWER9"
    POWER9_ENHANCED = "POWER9_Enhanced"
    POWER10 = "POWER10"
    POWER10_ENHANCED = "POWER10_Enhanced"
    POWER11 = "POWER11"
    POWER11_ENHANCED = "POWER11_Enhanced"


class ProfileSync(StrEnum):
    """Whether changes go to the last activated profile too."""

    ON = "On"
    DISABLED = "Disabled"


class ProgressState(StrEnum):
    """State of a transfer of partition data."""

    UNKNOWN = "Unknown"
