/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs on namespaces with metadata. Compiled once per layout. */
#ifndef PI_JOB_H
#define PI_JOB_H

#include "sqe.h"

#define GUARD (1u << 28)
#define APP (1u << 27)
#define REF (1u << 26)
#define PRACT (1u << 29)
#define FDP (2u << 20)
#define TAGS 0xffff1234u
#define BLOCKS 8u

/* pi_chk= with all that fio knows */
extern char everything[];

extern const struct nspace_pi separate;
extern const struct nspace_pi extended;
extern const struct nspace_pi first;
extern const struct nspace_pi wide;

void set_format(const struct nspace_pi *pi);
void set_block(uint64_t bytes);
void by_host(const struct nspace_pi *pi);
void again(void);
void assert_details(struct io_u *io_u, const char *text);

#endif
