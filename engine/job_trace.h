/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace: every command that was sent, in the order in which completions were
 * read. A file is a row of chunks, each of one file of one job: a header and
 * its records, little-endian. The man page's TRACE is for those who read it.
 */
#ifndef NVME_PASSTHRU_JOB_TRACE_H
#define NVME_PASSTHRU_JOB_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MAGIC "NVMEPTRC"
#define TRACE_VERSION 1
#define TRACE_SERIAL 20
/* Records of a chunk that is full; more than a trim has ranges */
#define TRACE_RECORDS 2048u

/* In trace_record.flags, beside the directive type in bits 3:0 */
#define TRACE_ERRNO 0x10u
#define TRACE_FURTHER_RANGE 0x20u

/**
 * struct trace_header - what a chunk begins with
 * @magic: TRACE_MAGIC, without its NUL
 * @version: TRACE_VERSION
 * @record_bytes: of a record
 * @records: in this chunk
 * @realtime: nanoseconds to add to a record's time to get CLOCK_REALTIME
 * @nlb: logical blocks of the namespace (NSZE)
 * @nsid: namespace identifier
 * @lba_size: bytes of data in a logical block
 * @job: fio's number of the job, from 1 on
 * @file: index of the file in the job, from 0 on
 * @serial: serial number of the controller, padded with blanks as Identify has
 *	it
 */
struct trace_header {
	char magic[8];
	uint16_t version;
	uint16_t record_bytes;
	uint32_t records;
	uint64_t realtime;
	uint64_t nlb;
	uint32_t nsid;
	uint32_t lba_size;
	uint16_t job;
	uint16_t file;
	char serial[TRACE_SERIAL];
};

/**
 * struct trace_record - a command, or one range of Dataset Management
 * @time: its completion was read, CLOCK_MONOTONIC, in nanoseconds
 * @slba: first logical block, 0 for Flush
 * @nlb: logical blocks, not zero-based, 0 for Flush
 * @dspec: placement identifier or stream, 0 where the directive type is
 * @status: NVMe Status Field without phase tag, 0 for success, or with
 *	TRACE_ERRNO a positive errno
 * @opcode: of the command
 * @flags: the directive type, TRACE_ERRNO and TRACE_FURTHER_RANGE
 * @reserved: 0
 * @unit: index of the io_unit
 */
struct trace_record {
	uint64_t time;
	uint64_t slba;
	uint32_t nlb;
	uint16_t dspec;
	uint16_t status;
	uint8_t opcode;
	uint8_t flags;
	uint16_t reserved;
	uint32_t unit;
};

_Static_assert(sizeof(struct trace_header) == 64, "the header's bytes");
_Static_assert(offsetof(struct trace_header, records) == 12, "records");
_Static_assert(offsetof(struct trace_header, realtime) == 16, "realtime");
_Static_assert(offsetof(struct trace_header, nlb) == 24, "nlb");
_Static_assert(offsetof(struct trace_header, nsid) == 32, "nsid");
_Static_assert(offsetof(struct trace_header, lba_size) == 36, "lba_size");
_Static_assert(offsetof(struct trace_header, job) == 40, "job");
_Static_assert(offsetof(struct trace_header, file) == 42, "file");
_Static_assert(offsetof(struct trace_header, serial) == 44, "serial");
_Static_assert(sizeof(struct trace_record) == 32, "a record's bytes");
_Static_assert(offsetof(struct trace_record, nlb) == 16, "nlb");
_Static_assert(offsetof(struct trace_record, dspec) == 20, "dspec");
_Static_assert(offsetof(struct trace_record, status) == 22, "status");
_Static_assert(offsetof(struct trace_record, opcode) == 24, "opcode");
_Static_assert(offsetof(struct trace_record, flags) == 25, "flags");
_Static_assert(offsetof(struct trace_record, unit) == 28, "unit");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");

/**
 * struct trace - what was noted of a file and is yet to be written
 * @header: of the chunk
 * @records: @header.records of them, at once behind it
 * @fd: where chunks go
 */
struct trace {
	struct trace_header header;
	struct trace_record records[TRACE_RECORDS];
	int fd;
};

_Static_assert(offsetof(struct trace, records) == sizeof(struct trace_header),
	       "a chunk is written at once");

int trace_create(struct trace **trace, const struct trace_header *header,
		 const char *serial, int fd);
void trace_destroy(struct trace *trace);
int trace_room(struct trace *trace, unsigned int nr);
int trace_flush(struct trace *trace);

/**
 * trace_next() - the next record
 * @trace: with room for it, by trace_room()
 *
 * Return: the record, which counts as filled.
 */
static inline struct trace_record *trace_next(struct trace *trace)
{
	return &trace->records[trace->header.records++];
}

#endif
