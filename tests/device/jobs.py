# SPDX-License-Identifier: GPL-2.0
"""Job files of options that were drawn at random, right and wrong ones."""

import random

KIB = 1 << 10
MIB = 1 << 20
EXTENT = "cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
KINDS = ("read", "write", "randread", "randwrite", "rw", "randrw", "trim",
         "randtrim", "trimwrite")
SIZES = ("4k", "8k", "16k", "64k", "256k")

# Options that go together where the job and the device are right for them
RIGHT = (
    {"hipri": ("0", "1")}, {"fixedbufs": ("0", "1")},
    {"registerfiles": ("0", "1")},
    {"sqthread_poll": ("1",), "sqthread_poll_cpu": ("-1", "0", "1")},
    {"nonvectored": ("-1", "0", "1", "9")}, {"force_async": ("0", "1", "7")},
    {"readfua": ("1",)}, {"writefua": ("1",)},
    {"cmd_bs": ("4k", "8k", "64k")},
    {"scatter": ("1",), "cmd_bs": ("4k",), "norandommap": ("1",)},
    {"placement": ("fdp",), "placement_ids": ("0", "7", "0-3,5", "0:2"),
     "placement_select": ("roundrobin", "random", "job", "file", "lba")},
    {"placement": ("fdp",), "placement_select": ("size", "lba"),
     "placement_bounds": ("64k", "4k,8k", "1m:2g")},
    {"write_mode": ("write", "zeroes", "verify", "write/60:zeroes/",
                    "write/20:verify/30:zeroes/50")},
    {"write_mode": ("zeroes", "zeroes/100"), "deac": ("0", "1")},
    {"write_mode": ("copy",), "copy_source": ("0,1m", "512k:256k"),
     "copy_ranges": ("1", "4", "8")},
    {"write_mode": ("uncor",)},
    {"verify_mode": ("read", "compare")},
    {"dsm_attr": ("deallocate", "idw,deallocate", "idr:idw")},
    {"read_cmd": (f"opcode=0x02,{EXTENT}", f'"opcode=2:{EXTENT}"')},
    {"write_cmd": (f"opcode=0x01,{EXTENT}", f"opcode=0x08,{EXTENT}",
                   "opcode=0x00")},
    {"trim_cmd": (f"opcode=0x08,{EXTENT}", "opcode=0")},
    {"dry_run": ("1",)}, {"timeout_ms": ("0", "30000")},
    {"retries": ("0", "3")},
    {"error_limit": ("media/3", "any/5:0x281/1", "any/0")},
    {"summary": ("0", "1")}, {"md_per_io_size": ("0", "64")},
    {"pi_act": ("0", "1"), "pi_chk": ("GUARD", "GUARD,REFTAG:APPTAG")},
    {"apptag": ("0", "0xffff"), "apptag_mask": ("0xff",)},
    {"storage_tag": ("1",), "pi_verify": ("0", "1")},
    {"min_version": ("0", "0.1.0", "0.0.999")}, {"cmd_type": ("nvme",)},
    {"iodepth": ("1", "8", "64", "2000")}, {"nowait": ("0",)},
    {"iodepth": ("32",), "iodepth_batch_submit": ("4", "32")},
    {"norandommap": ("1",)}, {"thread": ("1",)}, {"numjobs": ("2",)},
    {"fsync": ("3",)}, {"verify": ("pattern",)}, {"verify": ("crc32c",)},
)
# What is never right, or mostly not
WRONG = (
    {"hybrid_poll": "1"}, {"sqthread_poll_cpu": "0"},
    {"sqthread_poll": "1", "sqthread_poll_cpu": "4095"},
    {"cmd_bs": "700"}, {"cmd_bs": "2m"}, {"scatter": "1"},
    {"placement": "streams"}, {"placement_ids": "0"},
    {"placement": "fdp", "placement_ids": "8"},
    {"placement": "fdp", "placement_ids": "65536"},
    {"placement": "fdp", "placement_ids": "0-200"},
    {"placement": "fdp", "placement_ids": "1,,2"},
    {"placement": "fdp", "placement_select": "size"},
    {"placement": "fdp", "placement_bounds": "64k"},
    {"placement": "fdp", "placement_select": "lba",
     "placement_bounds": "8k,4k"},
    {"placement": "fdp", "placement_select": "size",
     "placement_ids": "0-3", "placement_bounds": "4k"},
    {"write_mode": "write/60"}, {"write_mode": "zeroes/101:write/"},
    {"write_mode": "nothing"}, {"write_mode": "/"},
    {"write_mode": "write/60:zeroes/60"}, {"write_mode": "zone_append"},
    {"deac": "1"}, {"copy_source": "0,1m"}, {"copy_ranges": "2"},
    {"write_mode": "copy"}, {"write_mode": "copy", "copy_source": "1m"},
    {"write_mode": "copy", "copy_source": "0,0"},
    {"write_mode": "copy", "copy_source": "1g,9g"},
    {"write_mode": "copy", "copy_source": "0,1m", "copy_ranges": "256"},
    {"write_mode": "copy", "copy_source": "700,1m"},
    {"dsm_attr": "all"}, {"dsm_attr": "idr,"},
    {"read_cmd": "opcode=0x03"}, {"read_cmd": "cdw10=slba"},
    {"read_cmd": "opcode=256"}, {"read_cmd": "="}, {"read_cmd": "%s%n"},
    {"read_cmd": "opcode=2,len=1m"}, {"read_cmd": "opcode=0,mdlen=8"},
    {"write_cmd": "opcode=1,len=4294967295"},
    {"write_cmd": "opcode=1,opcode=2"}, {"write_cmd": "opcode=1,cdw10=nsid"},
    {"trim_cmd": "opcode=0x08,cdw16=1"}, {"trim_cmd": "opcode=9"},
    {"error_limit": "any"}, {"error_limit": "media/-1"},
    {"error_limit": "x" * 300}, {"error_limit": ":".join(["any/1"] * 9)},
    {"pi_chk": "guard,crc"}, {"pi_chk": ","},
    {"min_version": "99"}, {"min_version": "4294967296"},
    {"min_version": "-1"}, {"min_version": "x"},
    {"cmd_type": "bsg"}, {"nowait": "1"}, {"cdb_len": "16"},
    {"cmdprio_percentage": "50"}, {"read_mode": "verify"},
    {"bs": "700"}, {"bs": "512"}, {"bs": "4095"}, {"blockalign": "700"},
    {"bssplit": "4k/50:5000/50"}, {"iodepth": "32769"},
    {"bs_unaligned": "1"}, {"offset": "700"},
    # fio's own parser says no to these, but takes 17e as 17
    {"hipri": "x"}, {"nonvectored": "x"}, {"cmd_bs": "17e"},
    {"placement": "zoned"}, {"placement_select": "chance"},
    {"verify_mode": "none"}, {"copy_ranges": "999"}, {"pi_act": "7"},
    {"apptag": "0x10000"}, {"cmd_type": "scsi"}, {"no_such_option": "1"},
)


def draw(chance):
    """Groups of options, of which now and then one loses an option."""
    options = {}
    for group in chance.sample(RIGHT, chance.choice((1, 2, 2, 3, 4))):
        names = list(group)
        if len(names) > 1 and chance.random() < 0.15:
            names.remove(chance.choice(names))
        for name in names:
            options[name] = chance.choice(group[name])
    # most of what can be looked at should be
    if chance.random() < 0.35 and not {"scatter", "dry_run"} & set(options):
        options.setdefault("verify", "pattern")
    if chance.random() < 0.35:
        options.update(chance.choice(WRONG))
    if chance.random() < 0.05:
        options.update(chance.choice(WRONG))
    return options


def settle(options):
    """What fio itself needs to be right, or is wrong in."""
    kind = options["rw"]
    # fio looks for data that a trim took away, and in a job that trims and
    # writes it verifies nothing
    if "trim" in kind:
        options.pop("verify", None)
    # a job that reads looks at what is there, which has no headers
    if kind in ("read", "randread") and "verify" in options:
        options["verify"] = "pattern"
    # threads share the buffer in which fio makes up verify_pattern=%o
    if options.get("verify") == "pattern" and "thread" in options and \
            "numjobs" in options:
        options["verify"] = "crc32c" if "write" in kind else "pattern"
        del options["numjobs"]
    # its buffers would take half of the guest's memory
    if options.get("iodepth") == "2000":
        options["bs"] = "4k"
    return options


class File:
    """A job file: its options, and the part of the device that it uses.

    The same for the same seed, but for where its part begins.
    """

    def __init__(self, seed, start):
        chance = random.Random(seed)
        self.seed = seed
        self.start = start
        self.options = {"rw": chance.choice(KINDS),
                        "bs": chance.choice(SIZES)}
        self.size = chance.choice((256 * KIB, 512 * KIB))
        self.options.update(draw(chance))
        self.options.setdefault("offset", str(start))
        settle(self.options)

    @property
    def jobs(self):
        return int(self.options.get("numjobs", "1"))

    @property
    def span(self):
        """Bytes of the device that are its own from its start on."""
        return self.size * self.jobs

    def text(self, engine, device, pattern):
        options = dict(self.options)
        if options.get("verify") == "pattern":
            options["verify_pattern"] = pattern
        if "numjobs" in options:
            options["offset_increment"] = self.size
        lines = [f"ioengine={engine}", f"filename={device}", "stonewall",
                 f"size={self.size}",
                 *(f"{name}={value}" for name, value in options.items())]
        return "\n".join([f"[s{self.seed}]", *lines, ""])
