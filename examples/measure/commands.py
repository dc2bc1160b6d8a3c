# SPDX-License-Identifier: GPL-2.0
"""Names of commands of the NVM Command Set and of statuses, as the NVM
Express specifications have them.
"""

import os

FLUSH, WRITE, READ, DATASET_MANAGEMENT = 0x00, 0x01, 0x02, 0x09

COMMANDS = {
    FLUSH: "Flush",
    WRITE: "Write",
    READ: "Read",
    0x04: "Write Uncorrectable",
    0x05: "Compare",
    0x08: "Write Zeroes",
    DATASET_MANAGEMENT: "Dataset Management",
    0x0c: "Verify",
    0x0d: "Reservation Register",
    0x0e: "Reservation Report",
    0x11: "Reservation Acquire",
    0x12: "I/O Management Receive",
    0x15: "Reservation Release",
    0x19: "Copy",
    0x1d: "I/O Management Send",
    0x79: "Zone Management Send",
    0x7a: "Zone Management Receive",
    0x7d: "Zone Append",
}
# What people say
SHORT = {"dsm": DATASET_MANAGEMENT, "trim": DATASET_MANAGEMENT}

# (Status Code Type, Status Code); of those that I/O commands end with
STATUSES = {
    (0, 0x00): "Successful Completion",
    (0, 0x01): "Invalid Command Opcode",
    (0, 0x02): "Invalid Field in Command",
    (0, 0x03): "Command ID Conflict",
    (0, 0x04): "Data Transfer Error",
    (0, 0x05): "Commands Aborted due to Power Loss Notification",
    (0, 0x06): "Internal Error",
    (0, 0x07): "Command Abort Requested",
    (0, 0x08): "Command Aborted due to SQ Deletion",
    (0, 0x0b): "Invalid Namespace or Format",
    (0, 0x0c): "Command Sequence Error",
    (0, 0x0f): "Data SGL Length Invalid",
    (0, 0x10): "Metadata SGL Length Invalid",
    (0, 0x11): "SGL Descriptor Type Invalid",
    (0, 0x13): "PRP Offset Invalid",
    (0, 0x14): "Atomic Write Unit Exceeded",
    (0, 0x15): "Operation Denied",
    (0, 0x1c): "Sanitize Failed",
    (0, 0x1d): "Sanitize In Progress",
    (0, 0x20): "Namespace is Write Protected",
    (0, 0x21): "Command Interrupted",
    (0, 0x22): "Transient Transport Error",
    (0, 0x24): "Admin Command Media Not Ready",
    (0, 0x29): "FDP Disabled",
    (0, 0x2a): "Invalid Placement Handle List",
    (0, 0x80): "LBA Out of Range",
    (0, 0x81): "Capacity Exceeded",
    (0, 0x82): "Namespace Not Ready",
    (0, 0x83): "Reservation Conflict",
    (0, 0x84): "Format In Progress",
    (1, 0x80): "Conflicting Attributes",
    (1, 0x81): "Invalid Protection Information",
    (1, 0x82): "Attempted Write to Read Only Range",
    (1, 0x83): "Command Size Limit Exceeded",
    (1, 0xb8): "Zoned Boundary Error",
    (1, 0xb9): "Zone Is Full",
    (1, 0xba): "Zone Is Read Only",
    (1, 0xbb): "Zone Is Offline",
    (1, 0xbc): "Zone Invalid Write",
    (1, 0xbd): "Too Many Active Zones",
    (1, 0xbe): "Too Many Open Zones",
    (1, 0xbf): "Invalid Zone State Transition",
    (2, 0x80): "Write Fault",
    (2, 0x81): "Unrecovered Read Error",
    (2, 0x82): "End-to-end Guard Check Error",
    (2, 0x83): "End-to-end Application Tag Check Error",
    (2, 0x84): "End-to-end Reference Tag Check Error",
    (2, 0x85): "Compare Failure",
    (2, 0x86): "Access Denied",
    (2, 0x87): "Deallocated or Unwritten Logical Block",
    (2, 0x88): "End-to-end Storage Tag Check Error",
    (3, 0x00): "Internal Path Error",
    (3, 0x01): "Asymmetric Access Persistent Loss",
    (3, 0x02): "Asymmetric Access Inaccessible",
    (3, 0x03): "Asymmetric Access Transition",
    (3, 0x60): "Controller Pathing Error",
    (3, 0x70): "Host Pathing Error",
    (3, 0x71): "Command Aborted By Host",
}
TYPES = {0: "Generic Command Status", 1: "Command Specific Status",
         2: "Media and Data Integrity Error", 3: "Path Related Status",
         7: "Vendor Specific"}


def command_name(opcode):
    return COMMANDS.get(opcode, f"opcode {opcode:#04x}")


def opcode_of(text):
    """The opcode of a name or number; None for neither."""
    wanted = text.strip().lower().replace("-", " ").replace("_", " ")
    for opcode, name in COMMANDS.items():
        if name.lower() == wanted:
            return opcode
    if wanted in SHORT:
        return SHORT[wanted]
    try:
        opcode = int(text, 0)
    except ValueError:
        return None
    return opcode if 0 <= opcode <= 0xff else None


def status_words(field):
    """A Status Field without its phase tag, as the engine words it."""
    if not field & 0x7ff:
        return "success"
    kind, code = field >> 8 & 0x7, field & 0xff
    name = STATUSES.get((kind, code), TYPES.get(kind, "reserved status"))
    again = ", do not retry" if field & 0x4000 else ""
    return f"{name} (sct {kind:#x}, sc {code:#04x}{again})"


def errno_words(number):
    return f"{os.strerror(number)} (errno {number})"
