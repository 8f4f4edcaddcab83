"""Messages about virtual switches, virtual networks, virtual Ethernet adapters and network bridges."""

from openlpar.messages.core import Kind, Message

SWITCH_LIMIT = Message(
    "PVME01051001-0001",
    "Virtual switch {switch} cannot be created: the system has {maximum} virtual switches, as many as it can have.",
    Kind.NO_ROOM,
    "Delete a virtual switch that has no adapters.",
)
SWITCH_IN_USE = Message(
    "PVME01051001-0002",
    "Virtual switch {switch} cannot be deleted: {count} virtual Ethernet adapters are on it.",
    Kind.IN_USE,
    "Delete these adapters first; 'pvmctl vea list' shows them.",
)
DEFAULT_SWITCH = Message(
    "PVME01051001-0003",
    "Virtual switch {switch} is the default switch of the system and cannot be deleted.",
    Kind.DENIED,
    "Choose another switch.",
)
NETWORK_FOLLOWS = Message(
    "PVME01051002-0001",
    "Virtual network {network} cannot be {task}: on this system virtual networks come and go with the adapters on their VLAN.",
    Kind.UNSUPPORTED,
    "Create, change or delete a virtual Ethernet adapter instead.",
)
SLOT_TAKEN = Message(
    "PVME01051003-0001",
    "Virtual slot {slot} of partition {partition} is in use.",
    Kind.EXISTS,
    "Choose a free slot, or leave it out to get the next free one.",
)
SLOT_BOUNDS = Message(
    "PVME01051003-0002",
    "Partition {partition} has no virtual slot {slot} for an adapter: its slots are {low} to {high}.",
    Kind.INVALID,
    "Choose a slot within these bounds, or raise MaximumVirtualIOSlots while the partition is off.",
)
NO_FREE_SLOT = Message(
    "PVME01051003-0003",
    "Partition {partition} has no free virtual slot {place}: the last one is {high}.",
    Kind.NO_ROOM,
    "Name a free slot, delete an adapter, or raise MaximumVirtualIOSlots while the partition is off.",
)
MAC_TAKEN = Message(
    "PVME01051004-0001",
    "MAC address {mac} is used by the virtual Ethernet adapter {adapter}.",
    Kind.EXISTS,
    "Choose another address, or leave it out to get one.",
)
TRUNK_TAKEN = Message(
    "PVME01051004-0002",
    "VLAN {vlan} on virtual switch {switch} has a trunk of priority {priority} already: {adapter}.",
    Kind.EXISTS,
    "Choose another trunk priority, from 1 to 15.",
)
TRUNK_BRIDGED = Message(
    "PVME01051004-0003",
    "Trunk adapter {adapter} cannot be {task}: it belongs to the shared Ethernet adapter {sea}.",
    Kind.IN_USE,
    "Take it out of the network bridge first.",
)
ADAPTER_REQUIRED = Message(
    "PVME01051004-0004",
    "Virtual Ethernet adapter {adapter} is required by partition {partition}, which is {state}.",
    Kind.IN_USE,
    "Power the partition off, then delete the adapter.",
)
