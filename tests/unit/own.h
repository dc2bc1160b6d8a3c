/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host has is its own. Where tests run several hosts at once, each is a
 * thread, which shares with the others what is the engine's and nothing else.
 */
#ifndef OWN_H
#define OWN_H

#ifdef HOST_THREADS
#define OWN _Thread_local
#else
#define OWN
#endif

#endif
