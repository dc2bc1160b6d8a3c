# SPDX-License-Identifier: GPL-2.0
"""Write the rows of a layout table from the debug information of a probe.

Run inside gdb by make-table, with the linked probe loaded. The probe is one
translation unit of fio's tree, so the types, the macros and the contents of
fio_options are the ones that this tree's fio has.
"""

import os

import gdb

STRUCTS = """ioengine_ops thread_data thread_options io_u fio_file fio_option
value_pair zbd_zone zoned_block_device_info fio_ruhs_info trim_range bssplit
thread_segment flist_head io_u_queue""".split()

ENUMS = """fio_ddir fio_q_status fio_ioengine_flags fio_opt_type opt_category
opt_category_group fio_file_flags fio_filetype zbd_zoned_model zbd_zone_type
zbd_zone_cond fio_zone_mode io_u_action fio_memtype td_ddir""".split()

# Macros, and enumerators whose enumeration has no name. Absent ones are left
# out of the table: which of them exist is part of what tells versions apart.
CONSTS = """IO_U_F_FREE IO_U_F_FLIGHT IO_U_F_NO_FILE_PUT IO_U_F_IN_CUR_DEPTH
IO_U_F_BUSY_OK IO_U_F_TRIMMED IO_U_F_BARRIER IO_U_F_VER_LIST
IO_U_F_PATTERN_DONE IO_U_F_DEVICE_ERROR IO_U_F_VER_IN_DEV IO_U_F_ZEROED
IO_U_F_ERRORED TD_F_VER_BACKLOG TD_F_SYNCS TD_F_CHILD TD_F_NO_PROGRESS
TD_F_NEED_LOCK FIO_FILE_size_known FIO_FILE_open FIO_OPT_C_ENGINE
FIO_OPT_G_IOURING FIO_OPT_G_INVALID VERIFY_NONE VERIFY_PATTERN_NO_HDR
ZONE_MODE_ZBD ZONE_MODE_NONE
FD_IO TD_DDIR_READ TD_DDIR_WRITE TD_DDIR_RAND TD_DDIR_TRIM FIO_DP_FDP
FIO_DP_STREAMS FIO_DP_NONE FIO_OPT_INVALID FIO_OPT_STR FIO_OPT_STR_MULTI
FIO_OPT_STR_VAL FIO_OPT_STR_VAL_TIME FIO_OPT_STR_STORE FIO_OPT_RANGE
FIO_OPT_INT FIO_OPT_ULL FIO_OPT_BOOL FIO_OPT_FLOAT_LIST FIO_OPT_STR_SET
FIO_OPT_DEPRECATED FIO_OPT_SOFT_DEPRECATED FIO_OPT_UNSUPPORTED
VERIFY_POLICY_FSYNCED FIO_RAND_WMODE_OFF FIO_IOOPS_VERSION TD_ENG_FLAG_SHIFT
FIO_MAX_OPTS JOBS_PER_SEG FD_FILE FD_PROCESS FIO_OUTPUT_NORMAL FIO_OUTPUT_TERSE
FIO_OUTPUT_JSON FIO_OUTPUT_JSON_PLUS IO_MODE_INLINE IO_MODE_OFFLOAD
FIO_RAND_BLOCK_OFF FIO_RAND_DIST_RANDOM TD_RUNNING TD_EXITED ERROR_TYPE_NONE
ERROR_TYPE_READ ERROR_TYPE_WRITE ERROR_TYPE_VERIFY ERROR_TYPE_ANY""".split()


# A member of a union that libaio, present or not at fio's build, adds; it
# moves nothing.
OPTIONAL = ("iocb",)


def fields(type_, base=0):
    """Yield (name, bit offset, type, bits) with anonymous members opened."""
    for field in type_.fields():
        if not hasattr(field, "bitpos"):
            continue
        at = base + field.bitpos
        if field.name:
            yield field.name, at, field.type, field.bitsize
        else:
            yield from fields(field.type.strip_typedefs(), at)


def prototype(name, func):
    """Return the C declaration of `name` as a function, and its parameters."""
    params = [str(p.type) for p in func.fields()] or ["void"]
    if str(func).endswith("...)"):
        params.append("...")
    result = str(func.target())
    gap = "" if result.endswith("*") else " "
    return f"{result}{gap}{name}({', '.join(params)})", len(func.fields())


def struct_rows(name):
    try:
        type_ = gdb.lookup_type("struct " + name)
    except gdb.error:
        return
    yield "struct", name, "", 0, type_.sizeof
    members = list(fields(type_))
    for member, bit, ftype, bits in members:
        if member in OPTIONAL:
            continue
        if bits:
            yield "bitfield", name, member, bit, bits
        else:
            yield "field", name, member, bit // 8, ftype.sizeof
    for member, _, ftype, _ in members:
        plain = ftype.strip_typedefs()
        if plain.code != gdb.TYPE_CODE_PTR:
            continue
        func = plain.target().strip_typedefs()
        if func.code == gdb.TYPE_CODE_FUNC:
            yield ("proto", name, member, *prototype(f"(*{member})", func))


def enum_rows(name):
    try:
        type_ = gdb.lookup_type("enum " + name)
    except gdb.error:
        return
    for field in type_.fields():
        yield "enum", name, field.name, field.enumval, type_.sizeof


def const_rows():
    gdb.execute("list fio_options", to_string=True)
    for name in CONSTS:
        try:
            value = int(gdb.parse_and_eval(name))
        except (gdb.error, ValueError):
            continue
        yield "const", "", name, value, 0


def import_rows():
    """The types of what the engine imports, by the probe's pointers."""
    for name in os.environ["ABI_IMPORTS"].split():
        type_ = gdb.parse_and_eval("probe_" + name).type.target()
        if type_.code == gdb.TYPE_CODE_FUNC:
            yield ("proto", "", name, *prototype(name, type_))
        elif type_.code == gdb.TYPE_CODE_ARRAY:
            # Without the size: it is fio's own affair, and may be unknown.
            yield "proto", "", name, f"{type_.target()} {name}[]", 0
        else:
            yield "proto", "", name, f"{type_} {name}", 0


def option_rows():
    """The option array as compiled: name, off1 and type of each entry."""
    options = gdb.parse_and_eval("fio_options")
    for i in range(options.type.range()[1] + 1):
        option = options[i]
        if not int(option["name"]):
            return
        yield ("compiled", "", option["name"].string(), int(option["off1"]),
               int(option["type"]))


def member_rows():
    """The offset of each option's member, of those that this build has."""
    for pair in os.environ["ABI_MEMBERS"].split():
        name, _, member = pair.partition("=")
        expr = f"(unsigned long)&((struct thread_options *)0)->{member}"
        try:
            yield "member", "", name, int(gdb.parse_and_eval(expr)), 0
        except gdb.error:
            continue


def rows():
    for name in STRUCTS:
        yield from struct_rows(name)
    for name in ENUMS:
        yield from enum_rows(name)
    yield from const_rows()
    yield from import_rows()
    yield from option_rows()
    yield from member_rows()


with open(os.environ["ABI_ROWS"], "w", encoding="ascii") as out:
    for row in rows():
        print(*row, sep="\t", file=out)
