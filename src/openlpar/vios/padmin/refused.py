"""Commands that a Virtual I/O Server has and this one refuses, each with the reason: what it would do cannot happen here.

The shell says so instead of "not found", and the pages of the documentation are made from the same list.
"""

from __future__ import annotations

_REASONS = {
    "there is no AIX inside that would have a level; 'ioslevel' shows that of the server, 'lssw' the file sets": """
        oem_platform_level""",
    "a partition cannot be installed over a network; 'viosupgrade' installs this server from an image": "installios",
    "the firmware is the managed system's: 'ldfware' of the management partition loads it": "ldfware",
    "there is no installation server to obey": "remote_management",
    "there is no boot image; what is configured is durable as soon as the command has ended": "save_base",
    "there is no data on simulated disks to check or copy": "dsmc fsck",
    "it needs a terminal of its own, which a command that is sent to a server does not have": """
        cfgassist clear diagmenu more passwd rulescfgset stty topas vi""",
    "there is no performance data of processes or single disks": """
        topasrec wkldagent wkldmgr wkldout""",
    "nothing is transferred over a simulated network": "ftp",
    "there are no file systems of other hosts": "mount showmount unmount",
    "there is no directory or Kerberos server to ask": "ldapadd ldapsearch mkkrb5clnt mkldap",
    "padmin is the only role: there are no others to give or take": """
        chauth chrole lsauth lsfailedlogin lsrole lssecattr mkauth mkrole rmauth rmrole rmsecattr rolelist setkst
        setsecattr swrole tracepriv""",
    "there is no SNMP agent and nothing for it to send": "cl_snmp snmp_info snmp_trap snmpv3_ssw",
    "there is no kernel inside to trace or dump": """
        clffdc pdump startsysdump""",
    "there is no inventory scout; 'lsdev -vpd' lists the hardware": "invscout",
    "no command leaves a lock behind": "rmlock",
    "it works only where the Integrated Virtualization Manager manages the system; 'vasistat -all vasi0' lists what was moved": """
        lslparmigr""",
    "guests here write nothing into virtual logs; 'lsvlog' lists them": "vlog",
    "the nodes' own view of the cluster is that of 'cluster -status'": "lscluster",
    "jobs at a time of day belong into the management partition": "crontab",
    "there is no mail, and nobody else is logged on": "mail who",
}

REFUSED: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""Name of each command to the reason."""
