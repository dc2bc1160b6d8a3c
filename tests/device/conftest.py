# SPDX-License-Identifier: GPL-2.0
"""Fixtures: the namespaces, and fio in a folder of its own.

NVME_PASSTHRU_SO     the plugin (build/nvme_passthru.so unless given)
NVME_PASSTHRU_DEVICE an ordinary namespace of a real drive, /dev/ngXnY, whose
                     contents may be destroyed; without it the emulated ones
                     are used, as ci/guest names them
"""

import mmap
import os

import pytest

import faults
import fdp
import fio as fio_module
import monitor as monitor_module
import zones
from namespace import TRACING, Namespace


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "smoke: the shorter set, for a plugin built elsewhere")
    config.addinivalue_line(
        "markers", "unplug: a controller goes, and QEMU with it now and then")
    config.addinivalue_line(
        "markers", "once: long, and what it shows is the same in every guest")


def pytest_report_header():
    with open("/proc/sys/kernel/osrelease", encoding="ascii") as file:
        kernel = file.read().strip()
    return (f"fio {'.'.join(map(str, fio_module.version()))}, "
            f"Linux {kernel}, {fio_module.PLUGIN}")


def emulated(variable):
    name = os.environ.get(variable)
    if not name:
        pytest.skip(f"needs the emulated namespace that {variable} names")
    return Namespace(name)


def page_of_zeroes():
    """What a process finds where it has written nothing."""
    with mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE) as page:
        return page[:]


@pytest.fixture(autouse=True)
def fixture_nobodys_memory():
    """Nothing is written into the page that all processes have of the kernel.

    Some kernels let a controller do so, and processes crash by it long after;
    see engine/nvme/buffer.h.
    """
    before = page_of_zeroes()
    yield
    assert page_of_zeroes() == before


@pytest.fixture(name="device")
def fixture_device():
    """An ordinary namespace: 512 or 4096 bytes a block, no metadata."""
    name = os.environ.get("NVME_PASSTHRU_DEVICE")
    return Namespace(name) if name else emulated("NG_FDP0")


@pytest.fixture(name="polled")
def fixture_polled(device):
    """The same, where the controller has a poll queue."""
    if not device.polls:
        pytest.skip(f"{device} cannot be polled here")
    return device


@pytest.fixture(name="fdp0")
def fixture_fdp0():
    """Eight placement handles, in reclaim units of 16 MiB."""
    return fdp.Device(emulated("NG_FDP0_1"))


@pytest.fixture(name="fdp0_2")
def fixture_fdp0_2():
    """Another namespace with the same reclaim unit handles."""
    return emulated("NG_FDP0_2")


@pytest.fixture(name="data0")
def fixture_data0():
    """512 bytes a block; 128 KiB a command; keeps data."""
    return emulated("NG_DATA0_1")


@pytest.fixture(name="data0_4k")
def fixture_data0_4k():
    """4096 bytes a block, on the controller of data0."""
    return emulated("NG_DATA0_2")


@pytest.fixture(name="null0")
def fixture_null0():
    """Reads zeroes and keeps nothing."""
    return emulated("NG_NULL0")


@pytest.fixture(name="nopoll0")
def fixture_nopoll0():
    """Its controller has no poll queue."""
    return emulated("NG_NOPOLL0")


@pytest.fixture(name="separate")
def fixture_separate():
    """8 bytes of separate metadata a block."""
    return emulated("NG_META0_1")


@pytest.fixture(name="extended")
def fixture_extended():
    """512 + 8 bytes a block; its block device has no size."""
    return emulated("NG_META0_2")


@pytest.fixture(name="protected")
def fixture_protected():
    """Protection information type 1."""
    return emulated("NG_META0_3")


@pytest.fixture(name="err0")
def fixture_err0():
    """Fails to read 1 MiB..+4 KiB and to write 2 MiB..+4 KiB."""
    return emulated("NG_ERR0")


@pytest.fixture(name="few0")
def fixture_few0():
    """15 tags a queue, and 1500 commands a second."""
    return emulated("NG_FEW0")


@pytest.fixture(name="mpath0")
def fixture_mpath0():
    """A head with two paths."""
    return emulated("NG_MPATH0")


@pytest.fixture(name="zns0")
def fixture_zns0():
    """32 zones of 4 MiB that hold 3 MiB; 16 may be open, 32 active."""
    return emulated("NG_ZNS0")


@pytest.fixture(name="zoned")
def fixture_zoned(zns0):
    """With every zone empty."""
    zones.reset(zns0)
    return zns0


@pytest.fixture(name="fio")
def fixture_fio(tmp_path):
    """Runs fio; see fio.Runner."""
    runner = fio_module.Runner(tmp_path)
    yield runner
    runner.stop()


@pytest.fixture(name="needs_tracing")
def fixture_needs_tracing():
    if not os.path.exists(f"{TRACING}/events/nvme/nvme_setup_cmd/enable"):
        pytest.skip("needs tracefs and the nvme_setup_cmd event")


@pytest.fixture(name="monitor", scope="session")
def fixture_monitor():
    """QEMU's, through which devices come, go and slow down."""
    if not os.environ.get("NG_PULL0"):
        pytest.skip("needs the emulated controller pull0")
    with monitor_module.opened() as monitor:
        yield monitor


@pytest.fixture(name="pull0")
def fixture_pull0(monitor):
    """A controller that can be pulled out and slowed down."""
    controller = faults.Pull(monitor)
    yield controller
    controller.restore()
    assert not faults.processes()
