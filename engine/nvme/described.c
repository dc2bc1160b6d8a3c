// SPDX-License-Identifier: GPL-2.0
#include "described.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What separates pieces; fio keeps all of them in an option's text */
#define SEPARATORS " \t\r\n,:"
#define EXAMPLE "opcode=0x02,cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
#define FIELDS "opcode, cdw2, cdw3, cdw10 to cdw15, len or mdlen"
#define VALUES "slba, slba_hi, nlb, nlb0, bytes, index, random or placement"

/* The longest that makes sense has 33 characters */
#define PIECE_MAX 48

/* Where a field's value goes: these, or an offset in struct nvme_uring_cmd */
enum { FIELD_OPCODE, FIELD_LEN, FIELD_MDLEN, FIELD_DWORD };

/**
 * struct field - a field that a text may give
 * @name: its name there
 * @kind: where its value goes
 * @offset: of FIELD_DWORD in struct nvme_uring_cmd
 */
struct field {
	const char *name;
	uint8_t kind;
	uint8_t offset;
};

#define DWORD(name)                                                       \
	{                                                                 \
#name, FIELD_DWORD, offsetof(struct nvme_uring_cmd, name) \
	}

/* The order is that of bits in struct parser's @seen */
static const struct field fields[] = {
	[FIELD_OPCODE] = { "opcode", FIELD_OPCODE, 0 },
	[FIELD_LEN] = { "len", FIELD_LEN, 0 },
	[FIELD_MDLEN] = { "mdlen", FIELD_MDLEN, 0 },
	DWORD(cdw2),
	DWORD(cdw3),
	DWORD(cdw10),
	DWORD(cdw11),
	DWORD(cdw12),
	DWORD(cdw13),
	DWORD(cdw14),
	DWORD(cdw15),
};

#define NR_FIELDS (sizeof(fields) / sizeof(fields[0]))

_Static_assert(NR_FIELDS == FIELD_DWORD + NVME_DESCRIBED_DWORDS, "fields");

static const char *const terms[NVME_TERMS] = {
	[NVME_TERM_NUMBER] = "",
	[NVME_TERM_SLBA] = "slba",
	[NVME_TERM_SLBA_HI] = "slba_hi",
	[NVME_TERM_NLB] = "nlb",
	[NVME_TERM_NLB0] = "nlb0",
	[NVME_TERM_BYTES] = "bytes",
	[NVME_TERM_INDEX] = "index",
	[NVME_TERM_RANDOM] = "random",
	[NVME_TERM_PLACEMENT] = "placement",
};

/**
 * struct parser - a text half read
 * @d: what it described so far
 * @option: the option it came from
 * @why: where a refusal is put in words
 * @len: bytes of @why
 * @seen: a bit for each of @fields that was given
 * @piece: what is being read
 */
struct parser {
	struct nvme_described *d;
	const char *option;
	char *why;
	size_t len;
	uint32_t seen;
	char piece[PIECE_MAX + 1];
};

/* Of a field, and what to add to a term */
struct value {
	enum nvme_term term;
	uint32_t number;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct parser *p,
							const char *fmt, ...)
{
	int used = snprintf(p->why, p->len, "%s: ", p->option);
	va_list args;

	va_start(args, fmt);
	if (used >= 0 && (size_t)used < p->len)
		vsnprintf(p->why + used, p->len - (size_t)used, fmt, args);
	va_end(args);
	return -EINVAL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* All of a text, which ends with the piece; a leading 0 is no octal here */
static int read_number(const struct parser *p, const char *text,
		       uint32_t *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long wide;
	char *end;

	if (!is_digit(text[0]))
		goto none;
	errno = 0;
	wide = strtoull(text, &end, hex ? 16 : 10);
	if (*end)
		goto none;
	if (errno || wide > UINT32_MAX)
		return refuse(
			p,
			"\"%s\": %s is above 32 bits; use 0xffffffff or less",
			p->piece, text);
	*number = (uint32_t)wide;
	return 0;
none:
	return refuse(
		p, "\"%s\": \"%s\" is not a number; use decimal or 0x and hex",
		p->piece, text);
}

static int read_value(const struct parser *p, const char *text,
		      struct value *value)
{
	size_t length = strcspn(text, "+");
	unsigned int term = NVME_TERM_SLBA;

	*value = (struct value){ .term = NVME_TERM_NUMBER };
	if (is_digit(text[0]))
		return read_number(p, text, &value->number);
	while (term < NVME_TERMS && (strlen(terms[term]) != length ||
				     memcmp(terms[term], text, length) != 0))
		term++;
	if (term == NVME_TERMS)
		return refuse(
			p,
			"\"%s\": \"%.*s\" is no value; use a number (decimal or 0x and hex), or " VALUES
			", and +NUMBER after it if need be",
			p->piece, (int)length, text);
	value->term = (enum nvme_term)term;
	if (!text[length])
		return 0;
	return read_number(p, text + length + 1, &value->number);
}

static int put_opcode(const struct parser *p, const struct value *value)
{
	if (value->term != NVME_TERM_NUMBER || value->number > UINT8_MAX)
		return refuse(p, "\"%s\": an opcode is a number from 0 to 255",
			      p->piece);
	p->d->base.opcode = (uint8_t)value->number;
	return 0;
}

/* Nothing that could be longer than the I/O without being seen in the text */
static int put_len(const struct parser *p, const struct value *value)
{
	if (value->term == NVME_TERM_BYTES && !value->number) {
		p->d->len_bytes = true;
		return 0;
	}
	if (value->term != NVME_TERM_NUMBER)
		return refuse(p, "\"%s\": len is a number or bytes", p->piece);
	p->d->len = value->number;
	return 0;
}

static int put_mdlen(const struct parser *p, const struct value *value)
{
	if (value->term != NVME_TERM_NUMBER)
		return refuse(p, "\"%s\": mdlen is a number", p->piece);
	p->d->mdlen = value->number;
	return 0;
}

static int put_dword(const struct parser *p, uint8_t offset,
		     const struct value *value)
{
	struct nvme_described *d = p->d;

	if (value->term == NVME_TERM_NUMBER)
		memcpy((char *)&d->base + offset, &value->number,
		       sizeof(value->number));
	else
		d->fills[d->nr_fills++] = (struct nvme_described_fill){
			.term = (uint8_t)value->term,
			.offset = offset,
			.plus = value->number,
		};
	return 0;
}

static int put_field(const struct parser *p, const struct field *field,
		     const struct value *value)
{
	switch (field->kind) {
	case FIELD_OPCODE:
		return put_opcode(p, value);
	case FIELD_LEN:
		return put_len(p, value);
	case FIELD_MDLEN:
		return put_mdlen(p, value);
	default:
		return put_dword(p, field->offset, value);
	}
}

static int read_piece(struct parser *p)
{
	size_t length = strcspn(p->piece, "=");
	unsigned int i = 0;
	struct value value;
	int ret;

	if (!p->piece[length])
		return refuse(
			p,
			"\"%s\" is not FIELD=VALUE; write, for example, " EXAMPLE,
			p->piece);
	while (i < NR_FIELDS && (strlen(fields[i].name) != length ||
				 memcmp(fields[i].name, p->piece, length) != 0))
		i++;
	if (i == NR_FIELDS)
		return refuse(p,
			      "\"%s\": there is no field \"%.*s\"; use " FIELDS,
			      p->piece, (int)length, p->piece);
	if (p->seen & 1u << i)
		return refuse(p, "\"%s\": %s is given twice; leave one out",
			      p->piece, fields[i].name);
	p->seen |= 1u << i;
	ret = read_value(p, p->piece + length + 1, &value);
	return ret ? ret : put_field(p, &fields[i], &value);
}

/* A copy that ends, and that can be shown in one line whatever is in it */
static int take_piece(struct parser *p, const char *text, size_t length)
{
	size_t kept = length < PIECE_MAX ? length : PIECE_MAX;

	memcpy(p->piece, text, kept);
	p->piece[kept] = '\0';
	for (char *c = p->piece; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
	if (kept < length)
		return refuse(
			p,
			"\"%s...\" is too long to be FIELD=VALUE; write, for example, " EXAMPLE,
			p->piece);
	return read_piece(p);
}

static void put_opcode_name(uint8_t opcode, char *buf, size_t len)
{
	const char *name = nvme_opcode_name(opcode);

	if (name)
		snprintf(buf, len, "opcode 0x%02x (%s)", opcode, name);
	else
		snprintf(buf, len, "opcode 0x%02x", opcode);
}

static int check_lengths(const struct parser *p)
{
	const char *name = p->seen & 1u << FIELD_LEN ? "len" : "mdlen";
	const struct nvme_described *d = p->d;
	char opcode[64];

	if (nvme_opcode_direction(d->base.opcode) == NVME_DIRECTION_NONE &&
	    p->seen & (1u << FIELD_LEN | 1u << FIELD_MDLEN)) {
		put_opcode_name(d->base.opcode, opcode, sizeof(opcode));
		return refuse(
			p,
			"%s is given, but %s moves no data (its bits 1:0 are 00); leave %s out",
			name, opcode, name);
	}
	if (d->mdlen && !d->len_bytes && !d->len)
		return refuse(
			p,
			"mdlen=%u with len=0: the kernel takes metadata with data only; leave mdlen out, or give len",
			d->mdlen);
	return 0;
}

/* What only the whole text can be wrong in */
static int finish(const struct parser *p)
{
	struct nvme_described *d = p->d;
	enum nvme_direction direction = nvme_opcode_direction(d->base.opcode);

	if (!(p->seen & 1u << FIELD_OPCODE))
		return refuse(
			p, "no opcode is given; write, for example, " EXAMPLE);
	if (direction == NVME_DIRECTION_BOTH)
		return refuse(
			p,
			"opcode 0x%02x moves data both ways (its bits 1:0 are 11), which the kernel cannot; use another opcode",
			d->base.opcode);
	if (direction != NVME_DIRECTION_NONE && !(p->seen & 1u << FIELD_LEN))
		d->len_bytes = true;
	return check_lengths(p);
}

/* The text without blanks and a pair of quotes around it */
static size_t trim(const char **text)
{
	size_t length;

	*text += strspn(*text, SEPARATORS);
	length = strlen(*text);
	while (length && strchr(SEPARATORS, (*text)[length - 1]))
		length--;
	if (length < 2 || !strchr("\"'", **text) ||
	    (*text)[length - 1] != **text)
		return length;
	(*text)++;
	return length - 2;
}

/**
 * nvme_described_parse() - read a command's description
 * @d: filled in; not to be used where this fails
 * @option: the option that the text came from, for @why
 * @text: FIELD=VALUE, separated by blanks, commas or colons, in quotes or not
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * A FIELD is opcode, which must be there and is a number; one of the dwords
 * cdw2, cdw3 and cdw10 to cdw15, which are 0 where not given; len, bytes of
 * data, which is bytes where not given and the opcode moves data; or mdlen,
 * bytes of metadata. A VALUE is a number, or a name of what differs from one
 * I/O to the next, with +NUMBER after it or not.
 *
 * Return: 0, or -EINVAL with @why.
 */
int nvme_described_parse(struct nvme_described *d, const char *option,
			 const char *text, char *why, size_t len)
{
	struct parser p = { .d = d, .option = option, .why = why, .len = len };
	const char *end;
	size_t length;
	int ret = 0;

	memset(d, 0, sizeof(*d));
	if (!text)
		text = "";
	length = trim(&text);
	end = text + length;
	while (!ret && text < end) {
		length = strcspn(text, SEPARATORS);
		if (length > (size_t)(end - text))
			length = (size_t)(end - text);
		if (length)
			ret = take_piece(&p, text, length);
		text += length;
		text += strspn(text, SEPARATORS);
	}
	return ret ? ret : finish(&p);
}

static void put_data(const struct nvme_uring_cmd *cmd, char *buf, size_t len)
{
	bool in = nvme_opcode_direction(cmd->opcode) ==
		  NVME_DIRECTION_FROM_CONTROLLER;

	if (cmd->data_len)
		snprintf(buf, len, "data: %u bytes %s the controller",
			 cmd->data_len, in ? "from" : "to");
	else
		snprintf(buf, len, "data: none");
}

/**
 * nvme_described_text() - a command as lines to be read
 * @cmd: any command whose data is a plain buffer
 * @nth: from 0 on
 * @buf: where a line is put, without a newline
 * @len: bytes of @buf
 *
 * Addresses are left out: they differ from run to run.
 *
 * Return: false when there are no more lines.
 */
bool nvme_described_text(const struct nvme_uring_cmd *cmd, unsigned int nth,
			 char *buf, size_t len)
{
	char opcode[64];

	switch (nth) {
	case 0:
		put_opcode_name(cmd->opcode, opcode, sizeof(opcode));
		snprintf(buf, len, "%s, nsid %u", opcode, cmd->nsid);
		return true;
	case 1:
		snprintf(buf, len, "cdw2 0x%08x, cdw3 0x%08x", cmd->cdw2,
			 cmd->cdw3);
		return true;
	case 2:
		snprintf(buf, len, "cdw10 0x%08x, cdw11 0x%08x, cdw12 0x%08x",
			 cmd->cdw10, cmd->cdw11, cmd->cdw12);
		return true;
	case 3:
		snprintf(buf, len, "cdw13 0x%08x, cdw14 0x%08x, cdw15 0x%08x",
			 cmd->cdw13, cmd->cdw14, cmd->cdw15);
		return true;
	case 4:
		put_data(cmd, buf, len);
		return true;
	case 5:
		snprintf(buf, len, "metadata: %u bytes", cmd->metadata_len);
		return cmd->metadata_len != 0;
	default:
		return false;
	}
}
