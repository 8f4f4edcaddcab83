"""Messages about storage: volume groups, disks, media, clusters, pools and logical units. Sizes are in GB."""

from openlpar.messages.core import Kind, Message

BAD_NAME = Message(
    "PVME01052030-0001",
    "{name!r} cannot be the name of a {kind}: {cause}.",
    Kind.INVALID,
    "Use {wanted}.",
)
CANNOT_SHRINK = Message(
    "PVME01052031-0001",
    "{object} has {size} GB and cannot be made smaller: {wanted} GB were asked for.",
    Kind.INVALID,
    "Ask for {size} GB or more.",
)
CHOSEN_BY_VIOS = Message(
    "PVME01052031-0002",
    "{object} brings the UDID {udid}, which {place} does not have.",
    Kind.INVALID,
    "Leave the UDID out for something new, or read the object again when it was deleted meanwhile.",
)
THICK_CLONE = Message(
    "PVME01052031-0003",
    "Logical unit {name} is to be a clone of {image}, and a clone cannot be thick.",
    Kind.INVALID,
    "Leave ThinDevice out, or send true.",
)
NOT_AN_IMAGE = Message(
    "PVME01052031-0004",
    "Logical unit {name} cannot be cloned from {source}: {cause}.",
    Kind.INVALID,
    "Clone a logical unit of type VirtualIO_Image of the same tier.",
)
BAD_IMAGE = Message(
    "PVME01052031-0005",
    "The image that was uploaded for {object} cannot be used: {cause}.",
    Kind.INVALID,
    "Upload a raw image, or a qcow2 image that needs no other file and is not encrypted.",
)
FIXED = Message(
    "PVME01052032-0001",
    "{field} of {object} is fixed when it is made and cannot be changed from {old} to {new}.",
    Kind.INVALID,
    "Leave the field as it was read, or make a new object.",
)
NO_SPACE = Message(
    "PVME01052040-0001",
    "{place} has {free} GB free, but {object} needs {needed} GB.",
    Kind.NO_ROOM,
    "Delete what is no longer used there, or add a physical volume.",
)
FILE_POOL_FULL = Message(
    "PVME01052040-0007",
    "File storage pool {pool} of Virtual I/O Server {vios} has {free} GB free, but backing device {file} needs {needed} GB.",
    Kind.NO_ROOM,
    "Delete what is no longer used there, or make the pool larger with 'chsp -add -sp {pool} -size'.",
)
POOL_LOW = Message(
    "PVME01052040-0005",
    "Shared storage pool {pool} has {free} of {capacity} GB free, less than its threshold of {threshold} percent; "
    "its logical units may grow to {promised} GB.",
    Kind.NO_ROOM,
    "Add a physical volume, delete logical units, or set another threshold with 'alert -set' on a Virtual I/O Server.",
)
TIER_FULL = Message(
    "PVME01052040-0006",
    "Tier {tier} of shared storage pool {pool} is full: its thin logical units get no more space, and what {clients} write to new "
    "blocks of them fails.",
    Kind.NO_ROOM,
    "Add a physical volume to the tier, or move or delete logical units.",
)
TOO_MANY_DISKS = Message(
    "PVME01052040-0002",
    "Volume group {group} holds {maximum} logical volumes, as many as it can.",
    Kind.NO_ROOM,
    "Use another volume group.",
)
IMAGE_TOO_LARGE = Message(
    "PVME01052040-0003",
    "The image {file} has {needed} GB and does not fit on {object}, which has {size} GB.",
    Kind.NO_ROOM,
    "Upload it to a larger disk.",
)
HOST_FULL = Message(
    "PVME01052040-0004",
    "{object} with {size} GB cannot be stored: the file system of the host has {free} GB free.",
    Kind.NO_ROOM,
    "Free space on the host, or ask for less.",
)
NO_ROOM_APART = Message(
    "PVME01052040-0011",
    "{needed} physical partitions are needed in {place}, and {free} are free where they may lie: copies of a logical volume lie on "
    "separate disks.",
    Kind.NO_ROOM,
    "Add a physical volume with 'extendvg', or remove copies with 'rmlvcopy'.",
)
MAPPED = Message(
    "PVME01052041-0001",
    "{object} is mapped to {clients} and cannot be {task}.",
    Kind.IN_USE,
    "Remove the virtual SCSI mapping first.",
)
IN_USE_ELSEWHERE = Message(
    "PVME01052041-0002",
    "{object} is in use by another managed system and cannot be {task}.",
    Kind.IN_USE,
    "Remove its mapping there first.",
)
VOLUME_TAKEN = Message(
    "PVME01052041-0003",
    "Physical volume {volume} of Virtual I/O Server {vios} is not available: {use}.",
    Kind.IN_USE,
    "Choose one that is available: pvmctl pv list lists them.",
)
UNIT_TOO_LARGE = Message(
    "PVME01052031-0006",
    "Logical unit {name} was to have {size} GB: a logical unit of a shared storage pool has at most {most} GB, also a thin one.",
    Kind.INVALID,
    "Ask for {most} GB or less, or give the partition several logical units.",
)
HAS_CLONES = Message(
    "PVME01052041-0004",
    "Image {name} has {count} clones and cannot be deleted: {clones}.",
    Kind.IN_USE,
    "Delete the clones first, or in the same request.",
)
GROUP_IN_USE = Message(
    "PVME01052041-0005",
    "Volume group {group} of Virtual I/O Server {vios} holds {contents} and cannot be {task}.",
    Kind.IN_USE,
    "Remove what it holds first.",
)
GROUP_MOUNTED = Message(
    "PVME01052041-0009",
    "Volume group {group} of Virtual I/O Server {vios} cannot be {task}: its file systems are mounted ({mounted}).",
    Kind.IN_USE,
    "Remove what is mounted first.",
)
FILE_POOL_IN_USE = Message(
    "PVME01052041-0010",
    "File storage pool {pool} of Virtual I/O Server {vios} holds {files} and cannot be deleted.",
    Kind.IN_USE,
    "Remove its backing devices first, or use -f to delete them with it.",
)
POOL_IN_USE = Message(
    "PVME01052041-0006",
    "Cluster {cluster} cannot be deleted: its pool {pool} holds {count} logical units.",
    Kind.IN_USE,
    "Delete the logical units first.",
)
NODE_IN_USE = Message(
    "PVME01052041-0007",
    "Virtual I/O Server {vios} cannot leave cluster {cluster}: it serves {count} logical units of pool {pool}.",
    Kind.IN_USE,
    "Remove the mappings of these logical units on it first.",
)
REPOSITORY_IN_USE = Message(
    "PVME01052041-0008",
    "The media repository of Virtual I/O Server {vios} cannot be deleted: {media} is mapped to {clients}.",
    Kind.IN_USE,
    "Unload the medium first.",
)
IS_MIRRORED = Message(
    "PVME01052041-0011",
    "{object} has {copies} copies already.",
    Kind.EXISTS,
    "Choose one that has no second copy; 'lsvg -lv' shows more PPs than LPs where there are several.",
)
NOT_MIRRORED = Message(
    "PVME01052041-0012",
    "{object} has no copy {where} that could be removed.",
    Kind.NOT_FOUND,
    "List the copies with 'lslv -map', and name a volume that has several.",
)
LAST_GOOD_COPY = Message(
    "PVME01052041-0013",
    "{object} cannot be read without the copy that is to be removed.",
    Kind.IN_USE,
    "Bring the other copy into line with 'syncvg' first, or remove that one.",
)
STILL_STALE = Message(
    "PVME01052041-0014",
    "{object} cannot be brought into line: {cause}.",
    Kind.UNAVAILABLE,
    "Bring the disk back, or remove the copy on it with 'rmlvcopy'.",
)
VOLUME_LOST = Message(
    "PVME01052041-0015",
    "Physical volume {volume} of Virtual I/O Server {vios} is missing: nothing can be read from it or written to it.",
    Kind.UNAVAILABLE,
    "Choose another one; 'lsvg -pv' shows which are active.",
)
HOLDS_SYSTEM = Message(
    "PVME01052042-0001",
    "Volume group {group} holds the operating system of Virtual I/O Server {vios} and cannot be {task}.",
    Kind.DENIED,
    "Choose another volume group.",
)
GROUP_OFF = Message(
    "PVME01052042-0004",
    "Volume group {group} of Virtual I/O Server {vios} is not active: it cannot be {task}.",
    Kind.WRONG_STATE,
    "Activate it with the command activatevg of the Virtual I/O Server.",
)
UNIT_RUNS = Message(
    "PVME01052041-0016",
    "Logical unit {name} cannot be rolled back: it is mapped to {clients}, which may be writing to it.",
    Kind.IN_USE,
    "Shut the partition down, or remove the virtual SCSI mapping, first.",
)
GROUP_SUSPENDED = Message(
    "PVME01052042-0005",
    "The I/O of volume group {group} of Virtual I/O Server {vios} is suspended: it cannot be {task}.",
    Kind.WRONG_STATE,
    "Resume it with the command 'chvg -resume' of the Virtual I/O Server.",
)
DISK_TOO_LARGE = Message(
    "PVME01052042-0006",
    "Physical volume {volume} would have {count} physical partitions of {size} MB in volume group {group} of Virtual I/O Server "
    "{vios}: with its {disks} physical volumes the group can have {limit} on each.",
    Kind.DENIED,
    "Make a new volume group, which gets larger physical partitions, for the additional space.",
)
WRONG_FACTOR = Message(
    "PVME01052042-0007",
    "Volume group {group} of Virtual I/O Server {vios} cannot have {disks} with factor {factor}: {cause}.",
    Kind.INVALID,
    "Set another factor with the command 'chvg -factor' of the Virtual I/O Server; lsvg shows what it limits.",
)
LAST_VOLUME = Message(
    "PVME01052042-0002",
    "{place} needs a physical volume: its last one cannot be removed.",
    Kind.DENIED,
    "Leave one, or delete it as a whole.",
)
LAST_NODE = Message(
    "PVME01052042-0003",
    "Virtual I/O Server {vios} is the last node of cluster {cluster} and cannot leave it.",
    Kind.DENIED,
    "Delete the cluster instead.",
)
ONE_REPOSITORY = Message(
    "PVME01052043-0001",
    "Virtual I/O Server {vios} has its media repository in volume group {group}, and it can have only one.",
    Kind.EXISTS,
    "Use that repository, or delete it first.",
)
NO_REPOSITORY = Message(
    "PVME01052043-0002",
    "Virtual I/O Server {vios} has no media repository for {media}.",
    Kind.WRONG_STATE,
    "Create one: add a media repository to one of its volume groups.",
)
ONE_NODE = Message(
    "PVME01052044-0001",
    "Cluster {cluster} was given {count} nodes: a cluster is created with exactly one.",
    Kind.INVALID,
    "Create it with one Virtual I/O Server and add the others afterwards.",
)
UNKNOWN_NODE = Message(
    "PVME01052044-0002",
    "No Virtual I/O Server of this system is the node {node} of cluster {cluster}.",
    Kind.NOT_FOUND,
    "Name it by its host name or its reference; a node of another system joins from that system.",
)
OTHER_CLUSTER = Message(
    "PVME01052044-0003",
    "Virtual I/O Server {vios} is a node of cluster {cluster} already.",
    Kind.EXISTS,
    "Choose another Virtual I/O Server, or remove it from that cluster first.",
)
NODE_LACKS_DISK = Message(
    "PVME01052044-0004",
    "Virtual I/O Server {vios} cannot join cluster {cluster}: it does not see the disk {disk}.",
    Kind.WRONG_STATE,
    "Give it access to all disks of the cluster on the SAN first.",
)
NO_NODE_HERE = Message(
    "PVME01052044-0005",
    "No Virtual I/O Server of this system is a node of the cluster of shared storage pool {pool}.",
    Kind.UNAVAILABLE,
    "Change the pool from a system that has one of its nodes.",
)
NO_QUORUM = Message(
    "PVME01052044-0006",
    "Cluster {cluster} has no quorum: {up} of its {count} nodes are up, and {down} are not. Its storage pool cannot be changed.",
    Kind.UNAVAILABLE,
    "Power the missing nodes on, or take those that will not come back out of the cluster.",
)
GROUP_COUNT = Message(
    "PVME01052045-0001",
    "{tier} was given {count} failure groups: a tier has 1 to {most}.",
    Kind.INVALID,
    "Give it one, or a second one that mirrors the first.",
)
TIER_COUNT = Message(
    "PVME01052045-0002",
    "Shared storage pool {pool} has {count} tiers, as many as it can.",
    Kind.NO_ROOM,
    "Remove a tier that is no longer used, or add the disks to one that there is.",
)
TIER_NEEDED = Message(
    "PVME01052045-0003",
    "Tier {tier} of shared storage pool {pool} cannot be removed: {cause}.",
    Kind.IN_USE,
    "Move or delete its logical units, or make another tier the default one; the first tier stays as long as its pool.",
)
CLONE_STAYS = Message(
    "PVME01052045-0004",
    "Logical unit {name} cannot be moved to another tier alone: it is a clone of {image} and shares its data.",
    Kind.DENIED,
    "Move {image}: its clones go with it.",
)
NOT_SERVING = Message(
    "PVME01052050-0001",
    "Virtual I/O Server {vios} cannot change its storage: it is {state}, its RMC connection is {rmc}.",
    Kind.UNAVAILABLE,
    "Power it on and wait until its RMC connection is active, then repeat the request.",
)
NO_SUCH_DEVICE = Message(
    "PVME01052051-0001",
    "Virtual I/O Server {vios} has no disk with the UDID {udid}.",
    Kind.NOT_FOUND,
    "List its virtual disks and logical units for the UDIDs that exist.",
)
NO_SUCH_VOLUME = Message(
    "PVME01052051-0002",
    "Virtual I/O Server {vios} has no physical volume {volume}.",
    Kind.NOT_FOUND,
    "Choose one that it has: pvmctl pv list lists them.",
)
BAD_QUERY = Message(
    "PVME01052052-0001",
    "The inputXML of job LUARecovery for Virtual I/O Server {vios} asks for nothing it knows.",
    Kind.INVALID,
    "Send a deviceList with ITLs, or an inventory request with a VioUdidFilter.",
)
LVM_REFUSES = Message(
    "PVME01052053-0002",
    "LVM cannot do what was asked for with the content of {object}: {cause}.",
    Kind.INTERNAL,
    "Look at thin pool {pool} with 'lvs', mend it or give it room, and repeat the request.",
)
HOST_REFUSES = Message(
    "PVME01052053-0001",
    "The host cannot do what was asked for with the content of {object}: {cause}.",
    Kind.INTERNAL,
    "Mend the folder of the disks in the data directory of the service, whose log says more, and repeat the request.",
)
