/* SPDX-License-Identifier: GPL-2.0 */
/* A host whose job appends to zones that hold no power of two. */
#ifndef APPENDS_H
#define APPENDS_H

#include "host.h"

#define ZONE_BLOCKS 0x1800u
#define ZONE (ZONE_BLOCKS * 512ull)
#define APPEND 0x7d

/* What write_mode= is, for a test to change */
extern OWN char append_mode[32];

void append_set_up(void);

#endif
