# SPDX-License-Identifier: GPL-2.0
"""Runs fio as an ordinary user."""

import contextlib
import os
import shutil
import stat
import tempfile

import pytest

import fio as fio_module

NOBODY_ID = 65534
NOBODY = ("setpriv", f"--reuid={NOBODY_ID}", f"--regid={NOBODY_ID}",
          "--clear-groups")


@contextlib.contextmanager
def mode(namespace, bits):
    """The character device with other permissions."""
    before = stat.S_IMODE(os.stat(namespace.ng).st_mode)
    os.chmod(namespace.ng, bits)
    try:
        yield
    finally:
        os.chmod(namespace.ng, before)


@contextlib.contextmanager
def nobody():
    """Runs fio as nobody, in a folder where anybody may write."""
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv")
    folder = tempfile.mkdtemp(prefix="nobody.")
    os.chmod(folder, 0o1777)
    runner = fio_module.Runner(folder)

    def run(*before, **options):
        return runner(before=(*NOBODY, *before), **options)
    run.folder = folder
    yield run
    shutil.rmtree(folder)
