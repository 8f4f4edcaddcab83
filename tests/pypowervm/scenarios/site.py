"""The server as a scenario sees it: a session of the client, the default system's nouns, and partitions to work on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pypowervm import adapter as adp
from pypowervm import const
from pypowervm.tasks import power, scsi_mapper, vfc_mapper
from pypowervm.tasks import storage as tasks
from pypowervm.tasks.power_opts import PowerOffOpts
from pypowervm.utils import lpar_builder
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import cluster, logical_partition, managed_system, network, storage, virtual_io_server

VIOS_GROUPS = (const.XAG.VIO_STOR, const.XAG.VIO_SMAP, const.XAG.VIO_FMAP)


class Site:
    """One server, logged on to in one of the client's two ways."""

    def __init__(self, wish: dict[str, Any]) -> None:
        self._wish = wish
        self.mode: str = wish["mode"]
        self.scratch = Path(wish["scratch"])
        self.data = Path(wish["data"])
        self.recording = Path(wish.get("recording", ""))
        self.other = wish.get("other", {})
        self.rounds = int(wish.get("rounds", 1))
        self.digest_before: str = wish.get("digest_before", "")
        self.adapter = adp.Adapter(self.session())

    def session(self) -> Any:
        """A further session of the same kind."""
        if self.mode == "file":
            place = urlsplit(self._wish["http"])
            return adp.Session(host=place.hostname, port=place.port)
        return self.session_by_password()

    def session_by_password(self, password: str = "", *, checked: bool = False) -> Any:
        """checked: the certificate has to be one that is trusted."""
        place = urlsplit(self._wish["https"])
        trust = {} if checked else {"certpath": None}
        password = password or self._wish["password"]
        return adp.Session(
            host=place.hostname, port=place.port, username=self._wish["user"], password=password, **trust
        )

    @property
    def certificate(self) -> Path:
        return self.data / "tls" / "cert.pem"

    def admin(self, path: str, method: str = "GET", body: Any = None) -> str:
        """Speaks to the simulation, past the client and its count. body: to be sent as JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._wish['admin']}/{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())

    @contextlib.contextmanager
    def commands(self) -> Iterator[None]:
        """The commands of the server's machine are on the path of this process, as they are where the client is meant to run."""
        before = dict(os.environ)
        os.environ.update(
            PATH=f"{self._wish['commands']}{os.pathsep}{before['PATH']}",
            OPENLPAR_URL=self._wish["http"],
            OPENLPAR_LOG_DIR=str(self.scratch),
        )
        yield
        os.environ.clear()
        os.environ.update(before)

    def digest(self) -> str:
        """Of the whole inventory: two equal ones are of two equal systems."""
        return str(json.loads(self.admin("digest"))["sha256"])

    def inventory(self) -> list[str]:
        """The lines of the inventory file, without the stock of WWPNs: what is drawn from it never returns."""
        return [line for line in self.admin("dump").splitlines() if "avail_wwpns" not in line]

    # the nouns of the default system

    def system(self) -> Any:
        return managed_system.System.get(self.adapter)[0]

    def vios(self, name: str, *groups: str) -> Any:
        """With the groups, by default those of storage and mappings."""
        (found,) = virtual_io_server.VIOS.search(self.adapter, name=name, xag=list(groups or VIOS_GROUPS))
        return found

    def vioses(self, *groups: str) -> list[Any]:
        return [self.vios(name, *groups) for name in ("vios1", "vios2")]

    def volume_group(self, vios: Any, name: str) -> Any:
        return storage.VG.search(self.adapter, parent=vios, name=name, one_result=True)

    def pool(self) -> Any:
        (found,) = storage.SSP.search(self.adapter, name="pool1")
        return found

    def tier(self) -> Any:
        return storage.Tier.search(self.adapter, parent=self.pool(), is_default=True, one_result=True)

    def cluster(self) -> Any:
        (found,) = cluster.Cluster.search(self.adapter, name="cluster1")
        return found

    def switch(self, name: str = "ETHERNET0") -> Any:
        return network.VSwitch.search(self.adapter, parent=self.system(), name=name, one_result=True)

    def lpar(self, name: str, *groups: str) -> Any:
        (found,) = logical_partition.LPAR.search(self.adapter, name=name, xag=list(groups) or None)
        return found

    # what a scenario works on; after a failure nothing is tidied up, the server is thrown away

    def built(self, name: str, **attributes: Any) -> Any:
        """A partition by LPARBuilder, not yet created. attributes are the builder's."""
        attributes = {"name": name, "vcpu": 1, "memory": 1024, **attributes}
        standard = lpar_builder.DefaultStandardize(self.system())
        return lpar_builder.LPARBuilder(self.adapter, attributes, standard).build()

    @contextlib.contextmanager
    def partition(self, name: str, **attributes: Any) -> Iterator[Any]:
        """A partition for the length of a block; afterwards it is gone, with its mappings."""
        made = self.built(name, **attributes).create(parent=self.system())
        yield made
        self.remove(made.uuid)

    def remove(self, uuid: str) -> None:
        """Powers off, unmaps and deletes a partition."""
        lpar = logical_partition.LPAR.get(self.adapter, uuid=uuid)
        if lpar.state != bp.LPARState.NOT_ACTIVATED:
            power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_hard())
        for vios in self.vioses(const.XAG.VIO_SMAP, const.XAG.VIO_FMAP):
            if scsi_mapper.remove_maps(vios, lpar.id) + vfc_mapper.remove_maps(vios, lpar.id):
                vios.update()
        logical_partition.LPAR.get(self.adapter, uuid=uuid).delete()

    @contextlib.contextmanager
    def disk(self, vios: Any, name: str, size_gb: float = 1, group: str = "datavg") -> Iterator[Any]:
        """A virtual disk for the length of a block."""
        found = self.volume_group(vios, group)
        made = tasks.crt_vdisk(self.adapter, vios.uuid, found.uuid, name, size_gb)
        yield made
        tasks.rm_vg_storage(self.volume_group(vios, group), vdisks=[made])

    @contextlib.contextmanager
    def unit(self, name: str, size_gb: float = 1, **options: Any) -> Iterator[Any]:
        """A logical unit for the length of a block. options are those of ``crt_lu``."""
        _, made = tasks.crt_lu(self.tier(), name, size_gb, **options)
        yield made
        tasks.rm_tier_storage([made], tier=self.tier())

    @contextlib.contextmanager
    def medium(self, name: str, content: bytes = b"optical" * 1000) -> Iterator[Any]:
        """An optical medium in the repository of vios1 for the length of a block: a reference to it."""
        vios = self.vios("vios1")
        reference, left = tasks.upload_vopt(self.adapter, vios.uuid, io.BytesIO(content), name, f_size=len(content))
        assert left is None
        yield reference
        group = self.volume_group(vios, "rootvg")
        media = [medium for medium in group.vmedia_repos[0].optical_media if medium.name == name]
        tasks.rm_vg_storage(group, vopts=media)


@contextlib.contextmanager
def raises(kind: type[BaseException], *words: str) -> Iterator[None]:
    """The block must fail with this exception, whose text must hold all the words."""
    try:
        yield
    except kind as failure:
        missing = [word for word in words if word not in str(failure)]
        assert not missing, f"{missing} not in {failure!s}"
    else:
        raise AssertionError(f"no {kind.__name__}")
