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
    "there is no full-screen editor; 'COMMAND | tee FILE' writes a file, and 'openlpar backup copy' brings one": "vi",
    "there is no performance data of processes or single disks": """
        topasrec wkldagent wkldmgr wkldout""",
    "nothing is transferred over a simulated network": "ftp",
    "there are no file systems of other hosts": "mount showmount unmount",
    "there is no directory or Kerberos server to ask": "ldapadd ldapsearch mkkrb5clnt mkldap",
    "the roles are fixed, and their authorizations are not told apart; 'lsrole' displays them, 'mkuser -attr pgrp' gives one": """
        chauth chrole lsauth lssecattr mkauth mkrole rmauth rmrole rmsecattr setkst setsecattr swrole tracepriv""",
    "there is no kernel inside to trace or dump": """
        clffdc pdump startsysdump""",
    "there is no inventory scout; 'lsdev -vpd' lists the hardware": "invscout",
    "no command leaves a lock behind": "rmlock",
    "it works only where the Integrated Virtualization Manager manages the system; 'vasistat -all vasi0' lists what was moved": """
        lslparmigr""",
    "guests here write nothing into virtual logs; 'lsvlog' lists them": "vlog",
    "the nodes' own view of the cluster is that of 'cluster -status'": "lscluster",
    "there is no mail": "mail",
}

REFUSED: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""Name of each command to the reason."""
