# SPDX-License-Identifier: GPL-2.0
"""Traces as the engine writes them, made by the tests, and the scripts that
read them.
"""

import importlib.machinery
import importlib.util
import os
import struct
import sys

import measure

EXAMPLES = os.path.dirname(os.path.dirname(measure.__file__))
HEADER = struct.Struct("<8sHHIQQIIHH20s")
RECORD = struct.Struct("<QQIHHBBHI")
FLUSH, WRITE, READ, DSM = 0, 1, 2, 9
FDP, ERRNO, FURTHER = 2, 0x10, 0x20
NSZE = 1 << 20
LBA = 512


def record(time, slba=0, blocks=8, placement=0, status=0, opcode=WRITE,
           flags=FDP, reserved=0, io_unit=0):
    return RECORD.pack(time, slba, blocks, placement, status, opcode, flags,
                       reserved, io_unit)


def chunk(records, *, magic=b"NVMEPTRC", version=1, size=32, count=None,
          clock=0, nsze=NSZE, nsid=1, lba=LBA, job=1, file=0,
          serial=b"fdp0"):
    count = len(records) if count is None else count
    return HEADER.pack(magic, version, size, count, clock, nsze, nsid, lba,
                       job, file, serial.ljust(20)) + b"".join(records)


def write(path, *parts):
    path.write_bytes(b"".join(parts))
    return str(path)


def script(name, monkeypatch):
    """A script of examples/ as a module, which leaves no bytecode there."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = importlib.machinery.SourceFileLoader(
        f"{name.replace('-', '_')}_script", os.path.join(EXAMPLES, name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up
    monkeypatch.setitem(sys.modules, loader.name, module)
    loader.exec_module(module)
    return module
