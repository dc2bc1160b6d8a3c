# SPDX-License-Identifier: GPL-2.0
"""What a figure depends on beside the job: for every table and every file."""

import os
import platform

from . import fio, identify, sysfs


def describe(fio_path, plugin, namespace):
    """The machine, its software and the namespace, as a JSON object."""
    data = identify.read(namespace)
    return {
        "kernel": platform.release(),
        "fio": fio.version(fio_path),
        "plugin": fio.plugin_version(fio_path, plugin),
        "model": namespace.model,
        "firmware": namespace.firmware,
        "serial": namespace.serial,
        "transport": namespace.transport,
        "nsid": namespace.nsid,
        "bytes": namespace.bytes,
        "logical_block": namespace.lba,
        "lba_format": (identify.decode(data)["lba_format"] if data
                       else f"{namespace.lba}"),
        "multipath_head": namespace.head,
        "scheduler": namespace.scheduler,
        "numa_node": namespace.numa_node,
        "poll_queues": namespace.poll_queues,
        "iommu": namespace.iommu,
        "governor": sysfs.governor(),
        "processor": sysfs.processor(),
        "processors": os.cpu_count(),
    }
