/* A disk that keeps only what was synced.
 *
 * Preloaded into a node. Files and folders under UNSYNCED_HOME live where they
 * always do; beside them, UNSYNCED_DISK holds what a disk would hold for
 * certain after a power cut:
 *
 *   files/INODE   a file's bytes as they were when it was last synced
 *   dirs/INODE    a folder's entries as they were when it was last synced
 *   kept/INODE    a link to a file that was unlinked, so that no inode comes back as another
 *   counts        how often what was synced
 *   complaints    what was done that this disk does not know; nothing may be here
 *
 * A new file is therefore lost unless its folder was synced as well. With
 * UNSYNCED_LIES, syncs of paths with that end succeed and nothing is kept of
 * what lies at UNSYNCED_LIES_FROM or behind it.
 *
 * Between two syncs of a file only the range that was written is remembered;
 * the rest of it equals what is on the disk.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 65536

struct range {
	ino_t inode;
	off_t from, to;
};

static char home[PATH_MAX / 2], disk[PATH_MAX / 2];
static size_t home_length;
static const char *lies;
static off_t lies_from;
static struct range ranges[FILES_MAX];
static size_t range_count;
static long journal_syncs, wal_syncs, table_syncs, folder_syncs, other_syncs;

/* Held while `ranges` is looked at. */
static pthread_mutex_t memory = PTHREAD_MUTEX_INITIALIZER;
/* Held while the disk is written, so that nobody hears of a sync before it is done. */
static pthread_mutex_t platter = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
	const char *from = getenv("UNSYNCED_HOME"), *to = getenv("UNSYNCED_DISK");

	if (!from || !to || strlen(from) >= PATH_MAX / 2 || strlen(to) >= PATH_MAX / 2)
		return;
	strcpy(disk, to);
	lies = getenv("UNSYNCED_LIES");
	if (lies && getenv("UNSYNCED_LIES_FROM"))
		lies_from = atoll(getenv("UNSYNCED_LIES_FROM"));
	strcpy(home, from);
	home_length = strlen(home);
}

static void complain(const char *what, const char *about)
{
	char path[PATH_MAX], line[PATH_MAX + 128];
	int length = snprintf(line, sizeof line, "%s: %s\n", what, about);

	snprintf(path, sizeof path, "%s/complaints", disk);
	int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		if (syscall(SYS_write, fd, line, length) < 0)
			abort();
		close(fd);
	}
}

static int is_inside(const char *path)
{
	return home_length && strncmp(path, home, home_length) == 0 &&
	       (path[home_length] == '/' || path[home_length] == 0);
}

static int path_of(int fd, char *path)
{
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, PATH_MAX - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	return 1;
}

/* The full path of `path`, which may be relative to a folder. */
static int resolve(int folder, const char *path, char *full)
{
	if (path[0] == '/')
		return snprintf(full, PATH_MAX, "%s", path) < PATH_MAX;
	char base[PATH_MAX];
	if (folder == AT_FDCWD ? getcwd(base, sizeof base) == NULL : !path_of(folder, base))
		return 0;
	return snprintf(full, PATH_MAX, "%s/%s", base, path) < PATH_MAX;
}

/* The range of a file that is watched. Called with `memory` held. */
static struct range *range_of(ino_t inode)
{
	for (size_t at = 0; at < range_count; at++)
		if (ranges[at].inode == inode)
			return &ranges[at];
	return NULL;
}

/* Remembers that bytes of a file may differ from those on the disk. */
static void mark(int fd, off_t from, off_t to)
{
	struct stat status;
	char path[PATH_MAX];

	if (!home_length || fd <= 2 || from >= to || fstat(fd, &status) || !S_ISREG(status.st_mode))
		return;
	int saved = errno;
	if (path_of(fd, path) && is_inside(path)) {
		pthread_mutex_lock(&memory);
		struct range *range = range_of(status.st_ino);
		if (!range && range_count < FILES_MAX) {
			range = &ranges[range_count++];
			*range = (struct range){ status.st_ino, from, to };
		}
		if (!range)
			complain("too many files", path);
		else if (range->from >= range->to)
			range->from = from, range->to = to;
		else {
			range->from = from < range->from ? from : range->from;
			range->to = to > range->to ? to : range->to;
		}
		pthread_mutex_unlock(&memory);
	}
	errno = saved;
}

static void mark_before_position(int fd, ssize_t written)
{
	if (!home_length || fd <= 2 || written <= 0)
		return;
	int saved = errno;
	off_t end = lseek(fd, 0, SEEK_CUR);
	if (end >= written)
		mark(fd, end - written, end);
	errno = saved;
}

/* Whether this disk only says that it keeps a file. */
static int is_lied_about(const char *path)
{
	size_t length = strlen(path), end = lies ? strlen(lies) : 0;

	return lies && end <= length && strcmp(path + length - end, lies) == 0;
}

/* Keeps what was written to a file since it was last kept. */
static int keep_file(int fd, const struct stat *status, off_t limit)
{
	static char buffer[65536];
	char path[PATH_MAX], link[64];
	struct range range = { status->st_ino, 0, 0 };

	pthread_mutex_lock(&memory);
	struct range *found = range_of(status->st_ino);
	if (found) {
		range = *found;
		found->from = found->to = 0;
	}
	pthread_mutex_unlock(&memory);
	snprintf(path, sizeof path, "%s/files/%ju", disk, (uintmax_t)status->st_ino);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	int to = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int from = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
	int ok = to >= 0 && from >= 0;
	if (range.to > limit)
		range.to = limit;
	for (off_t at = range.from; ok && at < range.to;) {
		size_t wanted = range.to - at < (off_t)sizeof buffer ? (size_t)(range.to - at) : sizeof buffer;
		ssize_t length = syscall(SYS_pread64, from, buffer, wanted, at);
		if (length == 0)
			break;
		ok = length > 0 && syscall(SYS_pwrite64, to, buffer, length, at) == length;
		at += length;
	}
	struct stat now;
	ok = ok && fstat(from, &now) == 0 && syscall(SYS_ftruncate, to, now.st_size) == 0;
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return ok;
}

/* Keeps the entries of a folder, all of them or none. */
static int keep_folder(const char *path, ino_t inode)
{
	char part[PATH_MAX], whole[PATH_MAX];
	DIR *folder = opendir(path);

	snprintf(part, sizeof part, "%s/dirs/%ju.part", disk, (uintmax_t)inode);
	snprintf(whole, sizeof whole, "%s/dirs/%ju", disk, (uintmax_t)inode);
	int to = syscall(SYS_openat, AT_FDCWD, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int ok = folder && to >= 0;
	while (ok) {
		struct dirent *entry = readdir(folder);
		struct stat status;
		char line[PATH_MAX];
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW))
			continue;
		int length = snprintf(line, sizeof line, "%c %ju %o %s\n", S_ISDIR(status.st_mode) ? 'd' : 'f',
				      (uintmax_t)status.st_ino, status.st_mode & 07777, entry->d_name);
		ok = syscall(SYS_write, to, line, length) == length;
	}
	if (folder)
		closedir(folder);
	if (to >= 0)
		close(to);
	return ok && syscall(SYS_renameat2, AT_FDCWD, part, AT_FDCWD, whole, 0) == 0;
}

static void count(const char *path, int is_folder)
{
	const char *name = strrchr(path, '/');
	const char *end = strrchr(path, '.');
	char text[256], counts[PATH_MAX];

	if (is_folder)
		folder_syncs++;
	else if (name && strcmp(name, "/journal") == 0)
		journal_syncs++;
	else if (end && strcmp(end, ".log") == 0)
		wal_syncs++;
	else if (end && strcmp(end, ".sst") == 0)
		table_syncs++;
	else
		other_syncs++;
	int length = snprintf(text, sizeof text, "journal %ld\nwal %ld\ntable %ld\nfolder %ld\nother %ld\n",
			      journal_syncs, wal_syncs, table_syncs, folder_syncs, other_syncs);
	snprintf(counts, sizeof counts, "%s/counts", disk);
	int fd = syscall(SYS_openat, AT_FDCWD, counts, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || syscall(SYS_pwrite64, fd, text, length, 0) != length)
		complain("no count was kept", path);
	if (fd >= 0)
		close(fd);
}

/* Syncs what is watched onto the disk made here; anything else as ever. */
static int keep(int fd, long call)
{
	struct stat status;
	char path[PATH_MAX];

	if (!home_length || fstat(fd, &status) || !path_of(fd, path) || !is_inside(path))
		return syscall(call, fd);
	int saved = errno;
	pthread_mutex_lock(&platter);
	count(path, S_ISDIR(status.st_mode));
	int ok = 1, lied = is_lied_about(path);
	if (S_ISDIR(status.st_mode))
		ok = lied || keep_folder(path, status.st_ino);
	else if (!lied || lies_from > 0)
		ok = keep_file(fd, &status, lied ? lies_from : LLONG_MAX);
	pthread_mutex_unlock(&platter);
	if (!ok)
		complain("not kept", path);
	errno = saved;
	return 0;
}

int fsync(int fd)
{
	return keep(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return keep(fd, SYS_fdatasync);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	ssize_t written = syscall(SYS_write, fd, bytes, length);
	mark_before_position(fd, written);
	return written;
}

ssize_t writev(int fd, const struct iovec *parts, int number)
{
	ssize_t written = syscall(SYS_writev, fd, parts, number);
	mark_before_position(fd, written);
	return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
	ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
	if (written > 0)
		mark(fd, offset, offset + written);
	return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	return pwrite64(fd, bytes, length, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int number, off64_t offset)
{
	ssize_t written = syscall(SYS_pwritev, fd, parts, number, offset, 0);
	if (written > 0)
		mark(fd, offset, offset + written);
	return written;
}

ssize_t pwritev(int fd, const struct iovec *parts, int number, off_t offset)
{
	return pwritev64(fd, parts, number, offset);
}

int ftruncate64(int fd, off64_t length)
{
	struct stat before;
	int known = fstat(fd, &before) == 0;
	int result = syscall(SYS_ftruncate, fd, length);
	if (result == 0 && known)
		mark(fd, length < before.st_size ? length : before.st_size,
		     length < before.st_size ? before.st_size : length);
	return result;
}

int ftruncate(int fd, off_t length)
{
	return ftruncate64(fd, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length)
{
	int result = syscall(SYS_fallocate, fd, mode, offset, length);
	/* Only reserving leaves every byte as it is. */
	if (result == 0 && (mode & ~FALLOC_FL_KEEP_SIZE))
		mark(fd, 0, LLONG_MAX);
	return result;
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
	return fallocate64(fd, mode, offset, length);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags)
{
	ssize_t copied = syscall(SYS_copy_file_range, from, from_at, to, to_at, length, flags);
	if (copied > 0)
		mark(to, 0, LLONG_MAX);
	return copied;
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t length)
{
	ssize_t copied = syscall(SYS_sendfile, to, from, offset, length);
	if (copied > 0)
		mark(to, 0, LLONG_MAX);
	return copied;
}

ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
	return sendfile64(to, from, offset, length);
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
	struct stat before = { 0 };
	if (home_length && (flags & O_TRUNC) && fstatat(folder, path, &before, 0))
		before.st_size = 0;
	int fd = syscall(SYS_openat, folder, path, flags, mode);
	if (fd >= 0 && before.st_size > 0)
		mark(fd, 0, before.st_size);
	return fd;
}

#define MODE_OF(flags, last)                                   \
	mode_t mode = 0;                                       \
	if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { \
		va_list rest;                                  \
		va_start(rest, last);                          \
		mode = va_arg(rest, mode_t);                   \
		va_end(rest);                                  \
	}

int open(const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(folder, path, flags | O_LARGEFILE, mode);
}

int creat(const char *path, mode_t mode)
{
	return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* Links what is about to lose its name, so that its inode is not given to another file. */
static void hold(int folder, const char *path)
{
	char full[PATH_MAX], kept[PATH_MAX];
	struct stat status;
	int saved = errno;

	if (home_length && resolve(folder, path, full) && is_inside(full) && lstat(full, &status) == 0 &&
	    S_ISREG(status.st_mode)) {
		snprintf(kept, sizeof kept, "%s/kept/%ju", disk, (uintmax_t)status.st_ino);
		if (link(full, kept) && errno != EEXIST)
			complain("not held", full);
	}
	errno = saved;
}

int unlinkat(int folder, const char *path, int flags)
{
	hold(folder, path);
	return syscall(SYS_unlinkat, folder, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int remove(const char *path)
{
	struct stat status;
	int is_folder = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
	return unlinkat(AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	char source[PATH_MAX], target[PATH_MAX];

	if (home_length && resolve(from_folder, from, source) && resolve(to_folder, to, target) &&
	    !is_inside(source) && is_inside(target))
		complain("moved in from elsewhere", target);
	hold(to_folder, to);
	return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	return renameat2(from_folder, from, to_folder, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Writes that go past the calls above would be taken for synced. */

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	char path[PATH_MAX];

	if (home_length && fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) && path_of(fd, path) &&
	    is_inside(path))
		complain("mapped for writing", path);
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return mmap64(address, length, protection, flags, fd, offset);
}

/* RocksDB's own log may be written that way: nobody reads it back. */
static void check_stream(const char *path, const char *mode)
{
	const char *name = strrchr(path, '/');

	if (is_inside(path) && strpbrk(mode, "wa+") && !(name && strncmp(name, "/LOG", 4) == 0))
		complain("opened as a stream", path);
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

FILE *fopen(const char *path, const char *mode)
{
	check_stream(path, mode);
	return REAL(FILE * (*)(const char *, const char *), "fopen")(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	check_stream(path, mode);
	return REAL(FILE * (*)(const char *, const char *), "fopen64")(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
	char path[PATH_MAX];

	if (home_length && path_of(fd, path))
		check_stream(path, mode);
	return REAL(FILE * (*)(int, const char *), "fdopen")(fd, mode);
}
