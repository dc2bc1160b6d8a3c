# SPDX-License-Identifier: GPL-2.0
"""fio's source from Debian's archive, cached outside the clone."""

import os
import shutil
import subprocess
import tempfile

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
REPO = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# The archive keeps Debian 12's package as it is. Unstable's moves on, and
# often its packaging files are missing while upstream's tarball is there.
SOURCES = {
    "3.33": ("bookworm", "3.33-3", ["--download-only"]),
    "3.41": ("unstable", "3.41-2", ["--download-only", "--tar-only"]),
}


class Unavailable(Exception):
    """The archive does not have this source today."""


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), ".cache")
    return os.path.join(base, "nvme_passthru", "source")


def run(argv, cwd, env):
    done = subprocess.run(argv, cwd=cwd, env=env, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise Unavailable(f"{' '.join(argv[:3])}: {last}")


def private_apt(work, suite):
    """An apt of its own, with the machine's mirror and only this suite."""
    mirror = subprocess.run([os.path.join(REPO, "ci", "mirror")], text=True,
                            check=True, stdout=subprocess.PIPE).stdout.strip()
    os.makedirs(os.path.join(work, "lists", "partial"))
    os.makedirs(os.path.join(work, "cache", "archives", "partial"))
    with open(os.path.join(work, "sources.list"), "w", encoding="ascii") as f:
        f.write(f"deb-src [signed-by={KEYRING}] {mirror} {suite} main\n")
    conf = os.path.join(work, "apt.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f'Dir::Etc::sourcelist "{work}/sources.list";\n'
                'Dir::Etc::sourceparts "-";\n'
                f'Dir::State::lists "{work}/lists";\n'
                f'Dir::Cache "{work}/cache";\n'
                'Debug::NoLocking "true";\n'
                'APT::Sandbox::User "root";\n')
    return dict(os.environ, APT_CONFIG=conf)


def download(version, work):
    """Fetch and unpack; return the tree, inside `work`."""
    suite, package, flags = SOURCES[version]
    env = private_apt(work, suite)
    run(["apt-get", "update"], work, env)
    run(["apt-get", "source", *flags, f"fio={package}"], work, env)
    unpacked = os.path.join(work, "unpacked")
    os.mkdir(unpacked)
    run(["tar", "xf", os.path.join(work, f"fio_{version}.orig.tar.gz"),
         "--strip-components=1"], unpacked, env)
    debian = [n for n in os.listdir(work) if n.endswith(".debian.tar.xz")]
    if debian:
        run(["tar", "xf", os.path.join(work, debian[0])], unpacked, env)
        with open(os.path.join(unpacked, "debian", "patches", "series"),
                  encoding="utf-8") as series:
            patches = [p.split()[0] for p in series
                       if p.strip() and not p.startswith("#")]
        for patch in patches:
            run(["patch", "-sp1", "-i", f"debian/patches/{patch}"],
                unpacked, env)
    return unpacked


def fio_source(version):
    """Return the directory of fio's source, downloaded once."""
    tree = os.path.join(cache_dir(), f"fio-{version}")
    if os.path.isdir(tree):
        return tree
    os.makedirs(cache_dir(), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir()) as work:
        unpacked = download(version, work)
        try:
            os.rename(unpacked, tree)
        except OSError:
            # Another run was faster.
            if not os.path.isdir(tree):
                raise
            shutil.rmtree(unpacked)
    return tree
