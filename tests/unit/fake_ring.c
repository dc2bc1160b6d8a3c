// SPDX-License-Identifier: GPL-2.0
#include "fake_ring.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <liburing.h>

/* Linux 6.13 */
#define HYBRID_IOPOLL (1U << 17)

#define RINGS 4
#define FIRST_FD 1000
#define FIRST_INDEX 7
#define SQE_DWORDS 32

struct cqe32 {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
	uint64_t big[2];
};

struct flight {
	uint64_t user_data;
	unsigned int nth;
	unsigned int slot;
};

/* What liburing would have mapped, and what the kernel knows */
struct kernel_ring {
	bool used;
	bool registered;
	unsigned int flags;
	unsigned int sq_head, sq_tail, sq_mask, sq_flags, sq_entries;
	unsigned int cq_head, cq_tail, cq_mask, cq_entries;
	unsigned int *array;
	uint32_t (*sqes)[SQE_DWORDS];
	struct cqe32 *cqes;
	struct flight *flights;
};

OWN struct fake fake;
static OWN struct kernel_ring rings[RINGS];
static OWN struct kernel_ring *last;

int __wrap_usleep(unsigned int us);
int __wrap_close(int fd);
int __real_close(int fd);

/* Return: 0, or the negative errno that a test wants of a call */
static int unwanted(const char *call, int error)
{
	if (error || !fake.fails)
		return error;
	return fake.fails(call);
}

static unsigned int power_of_two(unsigned int n)
{
	unsigned int p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static void free_ring(struct kernel_ring *k)
{
	free(k->array);
	free(k->sqes);
	free(k->cqes);
	free(k->flights);
	memset(k, 0, sizeof(*k));
}

void fake_reset(void)
{
	/* a test that failed leaves its rings behind */
	for (unsigned int i = 0; i < RINGS; i++)
		free_ring(&rings[i]);
	free(fake.taken);
	memset(&fake, 0, sizeof(fake));
}

void fake_script(const struct fake_step *steps, unsigned int nr)
{
	assert_in_range(nr, 1, FAKE_STEPS);
	memcpy(fake.steps, steps, nr * sizeof(*steps));
	fake.nr_steps = nr;
	fake.step = 0;
}

static unsigned int ready(const struct kernel_ring *ring)
{
	return ring->cq_tail - ring->cq_head;
}

static void put_cqe(struct kernel_ring *ring, unsigned int at, int res)
{
	const struct flight *flight = &ring->flights[at];
	const uint32_t *taken = fake.taken[flight->nth];
	struct cqe32 *cqe = &ring->cqes[ring->cq_tail & ring->cq_mask];

	if (ring->cq_tail - ring->cq_head >= ring->cq_entries)
		fail_msg("the CQ overflows");
	/* io_uring_cmd() of Linux 6.10 may only now have issued it from there */
	if (memcmp(ring->sqes[flight->slot], taken, sizeof(*fake.taken)))
		fail_msg("slot %u was filled anew before its command completed",
			 flight->slot);
	memset(cqe, 0, sizeof(*cqe));
	cqe->user_data = flight->user_data;
	cqe->res = res;
	if (fake.result)
		cqe->big[0] = fake.result(taken, flight->nth);
	__atomic_store_n(&ring->cq_tail, ring->cq_tail + 1, __ATOMIC_RELEASE);
	fake.in_flight--;
	memmove(&ring->flights[at], &ring->flights[at + 1],
		(fake.in_flight - at) * sizeof(*flight));
}

static void complete(struct kernel_ring *ring, unsigned int at)
{
	unsigned int nth = ring->flights[at].nth;

	put_cqe(ring, at, fake.status ? fake.status(fake.taken[nth], nth) : 0);
}

void fake_complete(unsigned int nth, int res)
{
	assert_true(nth < fake.in_flight);
	put_cqe(last, nth, res);
}

static bool has_room(void)
{
	unsigned int room = fake.room ? fake.room * 2 : 1024;
	void *taken;

	if (fake.nr_taken < fake.room)
		return true;
	taken = realloc(fake.taken, room * sizeof(*fake.taken));
	if (!taken)
		return false;
	fake.taken = taken;
	fake.room = room;
	return true;
}

static void take_one(struct kernel_ring *ring)
{
	unsigned int slot = ring->array[ring->sq_head & ring->sq_mask];
	unsigned int nth = fake.nr_taken++;
	struct flight *flight = &ring->flights[fake.in_flight];
	unsigned int owed;

	assert_true(slot <= ring->sq_mask);
	memcpy(fake.taken[nth], ring->sqes[slot], sizeof(fake.taken[nth]));
	memcpy(&flight->user_data, &fake.taken[nth][8], 8);
	flight->nth = nth;
	flight->slot = slot;
	for (unsigned int i = 0; i < fake.in_flight; i++)
		if (ring->flights[i].user_data == flight->user_data)
			fail_msg("an I/O is submitted twice");
	fake.in_flight++;
	/* all of them may complete before the next completion is read */
	owed = fake.in_flight + ready(ring);
	if (owed > ring->cq_entries)
		fail_msg("the CQ of %u entries is owed %u completions",
			 ring->cq_entries, owed);
	if (owed > fake.most)
		fake.most = owed;
	__atomic_store_n(&ring->sq_head, ring->sq_head + 1, __ATOMIC_RELEASE);
}

static unsigned int take(struct kernel_ring *ring, unsigned int most)
{
	unsigned int nr = 0;

	while (nr < most && ring->sq_head != ring->sq_tail && has_room()) {
		take_one(ring);
		nr++;
	}
	if (fake.completes == FAKE_AT_ONCE)
		while (fake.in_flight)
			complete(ring, 0);
	return nr;
}

void fake_thread_runs(void)
{
	take(last, UINT32_MAX);
}

static void wait_for(struct kernel_ring *ring, unsigned int wait)
{
	if (fake.completes == FAKE_ALL)
		wait = ready(ring) + fake.in_flight;
	while (ready(ring) < wait) {
		if (!fake.in_flight || fake.completes == FAKE_NEVER)
			fail_msg("a wait that would never end");
		complete(ring, fake.completes == FAKE_NEWEST_FIRST ?
				       fake.in_flight - 1 :
				       0);
	}
}

static struct kernel_ring *ring_of(unsigned int fd, unsigned int flags)
{
	bool registered = flags & IORING_ENTER_REGISTERED_RING;
	unsigned int index = fd - (registered ? FIRST_INDEX : FIRST_FD);

	assert_true(index < RINGS);
	assert_true(rings[index].used);
	assert_true(!registered || rings[index].registered);
	return &rings[index];
}

static int enter(struct kernel_ring *ring, unsigned int to_submit,
		 unsigned int wait, unsigned int flags)
{
	struct fake_step step = { 0 };
	unsigned int nr = 0;

	if (fake.step < fake.nr_steps)
		step = fake.steps[fake.step++];
	while (step.complete-- && fake.in_flight)
		complete(ring, 0);
	step.error = unwanted("io_uring_enter",
			      fake.enter_error ? fake.enter_error : step.error);
	if (step.error)
		return step.error;
	if (ring->flags & IORING_SETUP_SQPOLL) {
		if (flags & IORING_ENTER_SQ_WAKEUP)
			fake.asleep = false;
		if (!fake.asleep)
			take(ring, UINT32_MAX);
		ring->sq_flags = fake.asleep ? IORING_SQ_NEED_WAKEUP : 0;
		nr = to_submit;
	} else {
		nr = take(ring, step.take && step.take < to_submit ? step.take :
								     to_submit);
		/* as the kernel without memory for a request */
		if (to_submit && !nr)
			return -EAGAIN;
		/* as the kernel: a short submit does not wait */
		if (nr < to_submit)
			return (int)nr;
	}
	if (flags & IORING_ENTER_GETEVENTS)
		wait_for(ring, wait);
	return (int)nr;
}

int io_uring_enter(unsigned int fd, unsigned int to_submit,
		   unsigned int min_complete, unsigned int flags, sigset_t *sig)
{
	struct kernel_ring *ring = ring_of(fd, flags);
	unsigned int nth = fake.nr_enters++;
	int ret;

	assert_null(sig);
	ret = enter(ring, to_submit, min_complete, flags);
	if (nth < FAKE_ENTERS)
		fake.enters[nth] = (struct fake_enter){
			to_submit,
			min_complete,
			flags,
			ret,
		};
	return ret;
}

static void map(struct kernel_ring *k, struct io_uring *uring)
{
	uring->sq.khead = &k->sq_head;
	uring->sq.ktail = &k->sq_tail;
	uring->sq.kring_mask = &k->sq_mask;
	uring->sq.kring_entries = &k->sq_entries;
	uring->sq.kflags = &k->sq_flags;
	uring->sq.array = k->array;
	uring->sq.sqes = (struct io_uring_sqe *)k->sqes;
	uring->cq.khead = &k->cq_head;
	uring->cq.ktail = &k->cq_tail;
	uring->cq.kring_mask = &k->cq_mask;
	uring->cq.kring_entries = &k->cq_entries;
	uring->cq.cqes = (struct io_uring_cqe *)k->cqes;
}

static int check_params(const struct io_uring_params *p)
{
	int err = unwanted("io_uring_setup", fake.init_error);

	fake.setups++;
	if (err)
		return err;
	/* as the kernel: these need each other */
	if (p->flags & IORING_SETUP_DEFER_TASKRUN &&
	    !(p->flags & IORING_SETUP_SINGLE_ISSUER))
		return -EINVAL;
	if (p->flags & IORING_SETUP_SQPOLL &&
	    p->flags & (IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN))
		return -EINVAL;
	if (p->flags & HYBRID_IOPOLL && !(p->flags & IORING_SETUP_IOPOLL))
		return -EINVAL;
	return p->flags & fake.unknown ? -EINVAL : 0;
}

int io_uring_setup(unsigned int entries, struct io_uring_params *p)
{
	struct kernel_ring *k = rings;
	int ret = check_params(p);

	if (ret)
		return ret;
	while (k->used)
		k++;
	assert_true(k < rings + RINGS);
	*k = (struct kernel_ring){ .flags = p->flags };
	k->sq_entries = power_of_two(entries);
	k->cq_entries = power_of_two(p->cq_entries);
	k->sq_mask = k->sq_entries - 1;
	k->cq_mask = k->cq_entries - 1;
	k->array = calloc(k->sq_entries, sizeof(*k->array));
	k->sqes = calloc(k->sq_entries, sizeof(*k->sqes));
	k->cqes = calloc(k->cq_entries, sizeof(*k->cqes));
	k->flights = calloc(k->cq_entries + 1, sizeof(*k->flights));
	if (!k->array || !k->sqes || !k->cqes || !k->flights) {
		free_ring(k);
		return -ENOMEM;
	}
	k->used = true;
	fake.open++;
	/* what was there before must not matter */
	memset(k->sqes, 0xa5, k->sq_entries * sizeof(*k->sqes));
	memset(k->array, 0xa5, k->sq_entries * sizeof(*k->array));
	fake.setup_flags = p->flags;
	fake.setup_entries = entries;
	fake.setup_cq = p->cq_entries;
	fake.setup_cpu =
		p->flags & IORING_SETUP_SQ_AFF ? (int)p->sq_thread_cpu : -1;
	return FIRST_FD + (int)(k - rings);
}

int io_uring_queue_mmap(int fd, struct io_uring_params *p,
			struct io_uring *uring)
{
	struct kernel_ring *k = &rings[fd - FIRST_FD];
	int err = unwanted("io_uring_queue_mmap", fake.mmap_error);

	assert_int_equal(p->flags, k->flags);
	if (err)
		return err;
	last = k;
	/* liburing 2.9 leaves all else 0, the descriptors among it */
	memset(uring, 0, sizeof(*uring));
	map(k, uring);
	return 0;
}

/* Of a ring that was never mapped; what else is closed is no ring */
int __wrap_close(int fd)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + RINGS)
		return __real_close(fd);
	assert_true(rings[fd - FIRST_FD].used);
	free_ring(&rings[fd - FIRST_FD]);
	fake.open--;
	return 0;
}

void io_uring_queue_exit(struct io_uring *uring)
{
	struct kernel_ring *k = &rings[uring->ring_fd - FIRST_FD];

	assert_true(k->used);
	assert_int_equal(fake.in_flight, 0);
	free_ring(k);
	fake.open--;
}

int io_uring_register_ring_fd(struct io_uring *uring)
{
	struct kernel_ring *k = &rings[uring->ring_fd - FIRST_FD];
	int err = unwanted("register_ring_fd", fake.ring_fd_error);

	if (err)
		return err;
	k->registered = true;
	uring->enter_ring_fd = FIRST_INDEX + (int)(k - rings);
	return 1;
}

int io_uring_register_files(struct io_uring *uring, const int *files,
			    unsigned int nr)
{
	int err = unwanted("register_files", fake.files_error);

	(void)uring;
	if (err)
		return err;
	assert_in_range(nr, 1, 16);
	memcpy(fake.files, files, nr * sizeof(*files));
	fake.nr_files = nr;
	return 0;
}

int io_uring_register_buffers(struct io_uring *uring,
			      const struct iovec *iovecs, unsigned int nr)
{
	int err = unwanted("register_buffers", fake.buffers_error);

	(void)uring;
	if (err)
		return err;
	if (!nr || nr > FAKE_REGIONS)
		return -EINVAL;
	for (unsigned int i = 0; i < nr; i++) {
		/* as the kernel: at most 1 GiB each, none empty */
		if (!iovecs[i].iov_len || iovecs[i].iov_len > 1ul << 30)
			return -EFAULT;
		fake.regions[i] = iovecs[i];
	}
	fake.nr_regions = nr;
	return 0;
}

int __wrap_usleep(unsigned int us)
{
	assert_in_range(us, 1, 1000);
	fake.naps++;
	return 0;
}
