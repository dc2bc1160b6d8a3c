# SPDX-License-Identifier: GPL-2.0
"""Job files of options that were drawn at random, right and wrong ones."""

import random

BLOCKS = "cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
KINDS = ("read", "write", "randread", "randwrite", "rw", "randrw", "trim",
         "randtrim", "trimwrite")
# What an option may be given, the right values first: some mean something
# only beside others, and what is wrong is drawn less often
RIGHT = {
    "hipri": ("1",), "hybrid_poll": ("1",), "fixedbufs": ("1",),
    "registerfiles": ("0", "1"), "sqthread_poll": ("1",),
    "sqthread_poll_cpu": ("0", "1"), "nonvectored": ("0", "1"),
    "force_async": ("1", "7"), "readfua": ("1",), "writefua": ("1",),
    "cmd_bs": ("512", "4k", "64k"), "scatter": ("1",),
    "placement": ("fdp", "streams"), "placement_ids": ("0", "0-3,5"),
    "placement_select": ("random", "job", "file", "lba", "size"),
    "placement_bounds": ("64k", "4k,8k"),
    "write_mode": ("write", "zeroes", "write/60:zeroes/", "verify",
                   "uncor"),
    "deac": ("1",), "verify_mode": ("read", "compare"),
    "dsm_attr": ("deallocate", "idw,deallocate"),
    "copy_source": ("0,1m",), "copy_ranges": ("1", "4"),
    "read_cmd": (f"opcode=0x02,{BLOCKS}",),
    "write_cmd": (f"opcode=0x01,{BLOCKS}", "opcode=0x00"),
    "trim_cmd": (f"opcode=0x08,{BLOCKS}",), "dry_run": ("1",),
    "timeout_ms": ("1000", "30000"), "retries": ("0", "3"),
    "error_limit": ("media/3", "any/5:0x281/1"), "summary": ("0", "1"),
    "md_per_io_size": ("0", "64"), "pi_act": ("0", "1"),
    "pi_chk": ("GUARD", "GUARD,REFTAG,APPTAG"), "apptag": ("0x1234",),
    "apptag_mask": ("0xffff",), "storage_tag": ("1",), "pi_verify": ("1",),
    "min_version": ("0", "0.1.0"), "cmd_type": ("nvme",),
    "bs": ("512", "4k", "16k", "128k"), "iodepth": ("1", "8", "64"),
    "iodepth_batch_submit": ("4",), "offset": ("4k", "1m"),
    "norandommap": ("1",), "verify": ("crc32c",), "thread": ("1",),
    "numjobs": ("2",), "bssplit": ("4k/50:8k/50",), "fsync": ("3",),
    "num_range": ("4",),
}
WRONG = {
    "hipri": ("-1",), "sqthread_poll_cpu": ("4095",),
    "nonvectored": ("9", "x"), "force_async": ("-5", "4294967296"),
    "cmd_bs": ("1", "700", "1g", "17e"), "placement": ("zoned",),
    "placement_ids": ("", "-1", "65536", "0-65535", "1,,2"),
    "placement_select": ("size",), "placement_bounds": ("0", "8k,4k", "k"),
    "write_mode": ("write/60", "zeroes/101:", "nothing", "/"),
    "verify_mode": ("none",), "dsm_attr": ("", "all"),
    "copy_source": ("1m", "0,0", "1g,9g"), "copy_ranges": ("0", "999"),
    "read_cmd": ("opcode=0x03", "cdw10=slba", "opcode=256", "=", "%s%n"),
    "write_cmd": ("opcode=0x01,len=4294967295", "opcode=1,opcode=2"),
    "trim_cmd": ("opcode=0x08,cdw16=1",), "timeout_ms": ("-1", "1e9"),
    "retries": ("-1", "99999999999"),
    "error_limit": ("any", "media/-1", "/".join("x" * 300)),
    "md_per_io_size": ("1", "4294967295"), "pi_act": ("7",),
    "pi_chk": ("guard,crc", ","), "apptag": ("0x10000", "-1"),
    "min_version": ("99", "4294967296", "-1", "x"), "cmd_type": ("bsg",),
    "bs": ("700", "4095", "64m"), "iodepth": ("70000",), "offset": ("700",),
    "nowait": ("1",), "cdb_len": ("16",), "no_such_option": ("1",),
    "zonemode": ("zbd",), "num_range": ("999",),
}


def draw(chance, table, most):
    names = chance.sample(sorted(table), chance.randint(0, most))
    return {name: chance.choice(table[name]) for name in names}


def make(seed, engine, device):
    """The text of one; the same for the same seed."""
    chance = random.Random(seed)
    options = {"rw": chance.choice(KINDS), "bs": "4k", "size": "1m",
               "number_ios": str(chance.randint(1, 16))}
    options.update(draw(chance, RIGHT, 5))
    if chance.random() < 0.5:
        options.update(draw(chance, WRONG, 2))
    lines = [f"ioengine={engine}", f"filename={device}", "runtime=20",
             *(f"{name}={value}" for name, value in options.items())]
    return "\n".join(["[generated]", *lines, ""]), options
