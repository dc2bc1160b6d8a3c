/* SPDX-License-Identifier: GPL-2.0 */
/* A fio that loaded the plugin and is of one of two layouts, one of them built. */
#ifndef HOST_LOADED_H
#define HOST_LOADED_H

#include "host.h"

void loaded_as(bool other);
struct ioengine_ops *loaded_ops(void);

#endif
