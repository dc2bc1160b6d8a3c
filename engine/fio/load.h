/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FIO_LOAD_H
#define FIO_LOAD_H

struct ioengine_ops;

/**
 * layout_settle() - make sure of the layout, before thread_data is touched
 * @own:	the ops that the caller's layout gave to get_ioengine
 *
 * Compares the size of struct thread_data, which fio's first thread segment
 * shows. To be called first in an engine's setup. fio goes on with the ops
 * that it was given at load: if another candidate turns out to be right, its
 * callbacks are copied there.
 *
 * Return: 0 if @own is of the running fio's layout; 1 if @own has got the
 * callbacks of that layout, so that the caller has to return
 * @own->setup(td); -EINVAL if no layout fits, after saying so.
 */
int layout_settle(struct ioengine_ops *own);

/**
 * get_ioengine() - fio's way in: give it the engine that fits its layout
 * @ops:	set to the engine's ops, or to NULL after one line on why not
 *
 * The one symbol that the plugin exports. fio calls it several times a job.
 */
__attribute__((visibility("default"))) void
get_ioengine(struct ioengine_ops **ops);

#endif
