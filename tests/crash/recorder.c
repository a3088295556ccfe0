// The recorder: preloaded into a program, it writes down everything that changes files below CRASH_ROOT, in the order in which it took
// effect, with the bytes. One lock is held around each call and its record, so the order in the log is the order in the file system.
//
//   CRASH_ROOT     absolute, without symbolic links
//   CRASH_LOG      appended to, so that programs that run one after the other share a log
//   CRASH_KILL_AT  the program is killed right after so many records; 0: never
//   CRASH_KILL_AT_SYNC  the program is killed before the sync of this number, from 1 on; 0: never. Only syncs count of what has a path
//                       that ends in CRASH_KILL_PATH
//
// A record, little-endian (trace.ts reads it):
//   u32 length of all of it · u8 operation · u8 unused · u16 length of path · u16 of the second path · u16 unused
//   u64 inode · u64 offset or size · path · second path · data
// Paths are relative to the root. What is written to CRASH_ROOT/.ledger is a mark: a word of the program to the harness, no operation.
// What the model does not know is recorded as `unsupported`, and the harness fails: nothing passes unseen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { CREATE = 1, MKDIR, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, RMDIR, MARK, MAPPED, UNSUPPORTED };

static char root[PATH_MAX];
static const char *kill_path = "";
static size_t root_length;
static int log_file = -1;
static long kill_at, recorded, kill_at_sync, syncs;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

// The libc's function of this name, looked up once; racing lookups find the same.
#define REAL(result, name, ...)                                                                                       \
  static result (*real_##name)(__VA_ARGS__);                                                                          \
  if (real_##name == NULL) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void give_up(const char *why) {
  perror(why);
  abort();
}

__attribute__((constructor)) static void start(void) {
  REAL(int, openat, int, const char *, int, ...);
  const char *folder = getenv("CRASH_ROOT"), *path = getenv("CRASH_LOG"), *kills = getenv("CRASH_KILL_AT"),
             *sync_kills = getenv("CRASH_KILL_AT_SYNC"), *end = getenv("CRASH_KILL_PATH");
  if (folder == NULL || path == NULL || strlen(folder) >= sizeof root) return;
  log_file = real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_file < 0) give_up("recorder: cannot open CRASH_LOG");
  kill_at = kills == NULL ? 0 : atol(kills);
  kill_at_sync = sync_kills == NULL ? 0 : atol(sync_kills);
  if (end != NULL) kill_path = end;
  strcpy(root, folder);
  root_length = strlen(root);
}

// ——— which paths and descriptors are ours ———

static bool below_root(const char *path) {
  return root_length > 0 && strncmp(path, root, root_length) == 0 && path[root_length] == '/';
}

/** The path of an open descriptor as the kernel knows it, so that no table of descriptors has to be kept. */
static bool path_of(int fd, char out[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, out, PATH_MAX - 1);
  if (length < 0) return false;
  out[length] = 0;
  return true;
}

static bool ours(int fd, char out[PATH_MAX]) {
  int saved = errno;
  bool result = root_length > 0 && path_of(fd, out) && below_root(out);
  errno = saved;
  return result;
}

/** Makes a path absolute and free of links, but for its last component, which need not exist. False for what is not below the root. */
static bool resolved(int folder, const char *path, char out[PATH_MAX]) {
  if (root_length == 0 || path == NULL || path[0] == 0) return false;
  int saved = errno;
  char joined[2 * PATH_MAX + 2], base[PATH_MAX], parent[PATH_MAX];
  bool known = true;
  if (path[0] == '/') snprintf(joined, sizeof joined, "%s", path);
  else {
    known = folder == AT_FDCWD ? getcwd(base, sizeof base) != NULL : path_of(folder, base);
    if (known) snprintf(joined, sizeof joined, "%s/%s", base, path);
  }
  bool result = false;
  if (known) {
    for (size_t end = strlen(joined); end > 1 && joined[end - 1] == '/'; end--) joined[end - 1] = 0;
    char *slash = strrchr(joined, '/'), name[NAME_MAX + 1];
    snprintf(name, sizeof name, "%s", slash + 1);
    *(slash == joined ? slash + 1 : slash) = 0;
    if (realpath(joined, parent) != NULL && strlen(parent) + strlen(name) + 2 < PATH_MAX) {
      strcpy(out, parent);
      if (strcmp(parent, "/") != 0) strcat(out, "/");
      strcat(out, name);
      result = below_root(out);
    }
  }
  errno = saved;
  return result;
}

// ——— the log ———

static void put(const void *data, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  if (real_write(log_file, data, length) != (ssize_t)length) give_up("recorder: cannot write CRASH_LOG");
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static bool ends_in(const char *path, const char *end) {
  size_t length = strlen(path), end_length = strlen(end);
  return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

static const char *relative(const char *path) { return below_root(path) ? path + root_length + 1 : path; }

static bool is_ledger(const char *path) { return strcmp(relative(path), ".ledger") == 0; }

/** Writes a record; `length` bytes of data come from the parts. The lock is held. */
static void record(enum operation operation, uint64_t inode, uint64_t number, const char *path, const char *second,
                   const struct iovec *parts, size_t length) {
  int saved = errno;
  const char *first = relative(path), *other = second == NULL ? "" : relative(second);
  struct __attribute__((packed)) {
    uint32_t length;
    uint8_t operation, unused;
    uint16_t path, second, unused2;
    uint64_t inode, number;
  } header = {
      .length = (uint32_t)(28 + strlen(first) + strlen(other) + length),
      .operation = (uint8_t)operation,
      .path = (uint16_t)strlen(first),
      .second = (uint16_t)strlen(other),
      .inode = inode,
      .number = number,
  };
  // In one write, so that others, who see what the program answers, can put marks between the records.
  char *whole = malloc(header.length), *end = whole;
  if (whole == NULL) give_up("recorder: malloc");
  end = mempcpy(end, &header, sizeof header);
  end = mempcpy(end, first, strlen(first));
  end = mempcpy(end, other, strlen(other));
  for (const struct iovec *part = parts; length > 0; part++) {
    size_t count = part->iov_len < length ? part->iov_len : length;
    end = mempcpy(end, part->iov_base, count);
    length -= count;
  }
  put(whole, header.length);
  free(whole);
  if (operation != MARK && ++recorded == kill_at) die();
  errno = saved;
}

static uint64_t inode_of(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) give_up("recorder: fstat");
  return info.st_ino;
}

static uint64_t inode_at(const char *path) {
  struct stat info;
  if (lstat(path, &info) != 0) give_up("recorder: lstat");
  return info.st_ino;
}

/** A call that the model does not know, on something below the root. */
static void unsupported(const char *name, const char *path) {
  pthread_mutex_lock(&turn);
  record(UNSUPPORTED, 0, 0, path, name, NULL, 0);
  pthread_mutex_unlock(&turn);
}

// ——— open ———

static int opened(int folder, const char *path, int flags, mode_t mode) {
  REAL(int, openat, int, const char *, int, ...);
  char full[PATH_MAX];
  if ((flags & (O_CREAT | O_TRUNC | O_ACCMODE)) == O_RDONLY && (flags & O_TMPFILE) != O_TMPFILE) {
    return real_openat(folder, path, flags, mode);
  }
  if (!resolved(folder, path, full) || is_ledger(full)) return real_openat(folder, path, flags, mode);
  if ((flags & O_TMPFILE) == O_TMPFILE || (flags & O_DSYNC) != 0) unsupported("open with O_TMPFILE or O_DSYNC", full);
  pthread_mutex_lock(&turn);
  struct stat before;
  bool existed = lstat(full, &before) == 0;
  int fd = real_openat(folder, path, flags, mode);
  if (fd >= 0 && !existed) record(CREATE, inode_of(fd), 0, full, NULL, NULL, 0);
  else if (fd >= 0 && (flags & O_TRUNC) != 0 && before.st_size > 0) {
    record(TRUNCATE, inode_of(fd), 0, full, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&turn);
  return fd;
}

#define MODE_OF(flags)                                                                                                \
  mode_t mode = 0;                                                                                                    \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                                                   \
    va_list rest;                                                                                                     \
    va_start(rest, flags);                                                                                            \
    mode = va_arg(rest, mode_t);                                                                                      \
    va_end(rest);                                                                                                     \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags);
  return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE_OF(flags);
  return opened(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE_OF(flags);
  return opened(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
  MODE_OF(flags);
  return opened(folder, path, flags, mode);
}
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return opened(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) { return opened(folder, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

// ——— write ———

static void wrote(int fd, const char *path, ssize_t count, off_t offset, const struct iovec *parts) {
  if (count <= 0) return;
  if (is_ledger(path)) record(MARK, 0, 0, path, NULL, parts, (size_t)count);
  else record(WRITE, inode_of(fd), (uint64_t)offset, path, NULL, parts, (size_t)count);
}

/** Where a write through the descriptor's own position, which may be O_APPEND, has gone. */
static off_t position_before(int fd, ssize_t count) { return lseek(fd, 0, SEEK_CUR) - (count > 0 ? count : 0); }

#define RECORDED_WRITE(call, offset, parts)                                                                           \
  char path[PATH_MAX];                                                                                                \
  if (!ours(fd, path)) return call;                                                                                   \
  pthread_mutex_lock(&turn);                                                                                          \
  ssize_t count = call;                                                                                               \
  wrote(fd, path, count, offset, parts);                                                                              \
  pthread_mutex_unlock(&turn);                                                                                        \
  return count

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  struct iovec part = {(void *)data, size};
  RECORDED_WRITE(real_write(fd, data, size), position_before(fd, count), &part);
}
ssize_t writev(int fd, const struct iovec *parts, int parts_count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  RECORDED_WRITE(real_writev(fd, parts, parts_count), position_before(fd, count), parts);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
  struct iovec part = {(void *)data, size};
  RECORDED_WRITE(real_pwrite(fd, data, size, offset), offset, &part);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return pwrite(fd, data, size, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int parts_count, off_t offset) {
  REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t);
  RECORDED_WRITE(real_pwritev(fd, parts, parts_count, offset), offset, parts);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int parts_count, off64_t offset) {
  return pwritev(fd, parts, parts_count, offset);
}
ssize_t pwritev2(int fd, const struct iovec *parts, int parts_count, off_t offset, int flags) {
  char path[PATH_MAX];
  if (ours(fd, path)) unsupported("pwritev2", path);
  REAL(ssize_t, pwritev2, int, const struct iovec *, int, off_t, int);
  return real_pwritev2(fd, parts, parts_count, offset, flags);
}

// ——— copying inside the kernel is refused, as file systems may: the caller then reads and writes ———

static bool refused(int fd, int error) {
  char path[PATH_MAX];
  if (!ours(fd, path)) return false;
  errno = error;
  return true;
}

ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned int flags) {
  REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned int);
  return refused(out, EXDEV) ? -1 : real_copy_file_range(in, in_offset, out, out_offset, size, flags);
}
ssize_t sendfile(int out, int in, off_t *offset, size_t size) {
  REAL(ssize_t, sendfile, int, int, off_t *, size_t);
  return refused(out, EINVAL) ? -1 : real_sendfile(out, in, offset, size);
}
ssize_t sendfile64(int out, int in, off64_t *offset, size_t size) { return sendfile(out, in, offset, size); }
ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned int flags) {
  REAL(ssize_t, splice, int, off64_t *, int, off64_t *, size_t, unsigned int);
  return refused(out, EINVAL) ? -1 : real_splice(in, in_offset, out, out_offset, size, flags);
}
int ioctl(int fd, unsigned long request, ...) {
  REAL(int, ioctl, int, unsigned long, ...);
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if ((request == FICLONE || request == FICLONERANGE) && refused(fd, EOPNOTSUPP)) return -1;
  return real_ioctl(fd, request, argument);
}
long syscall(long number, ...) {
  REAL(long, syscall, long, ...);
  long a[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_copy_file_range && refused((int)a[2], EXDEV)) return -1;
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// ——— size ———

/** After a call that may have changed the size: the size it has. */
static void resized(int fd, const char *path) {
  struct stat info;
  if (fstat(fd, &info) != 0) give_up("recorder: fstat");
  record(TRUNCATE, info.st_ino, (uint64_t)info.st_size, path, NULL, NULL, 0);
}

#define RECORDED_SIZE(call)                                                                                           \
  char path[PATH_MAX];                                                                                                \
  if (!ours(fd, path)) return call;                                                                                   \
  pthread_mutex_lock(&turn);                                                                                          \
  int result = call;                                                                                                  \
  if (result == 0) resized(fd, path);                                                                                 \
  pthread_mutex_unlock(&turn);                                                                                        \
  return result

int ftruncate(int fd, off_t size) {
  REAL(int, ftruncate, int, off_t);
  RECORDED_SIZE(real_ftruncate(fd, size));
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int posix_fallocate(int fd, off_t offset, off_t size) {
  REAL(int, posix_fallocate, int, off_t, off_t);
  RECORDED_SIZE(real_posix_fallocate(fd, offset, size));
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) { return posix_fallocate(fd, offset, size); }
int fallocate(int fd, int mode, off_t offset, off_t size) {
  REAL(int, fallocate, int, int, off_t, off_t);
  char name[PATH_MAX];
  if (mode != 0 && ours(fd, name)) unsupported("fallocate with a mode", name);
  RECORDED_SIZE(real_fallocate(fd, mode, offset, size));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t size) { return fallocate(fd, mode, offset, size); }
int truncate(const char *path, off_t size) {
  REAL(int, truncate, const char *, off_t);
  char full[PATH_MAX];
  if (!resolved(AT_FDCWD, path, full)) return real_truncate(path, size);
  pthread_mutex_lock(&turn);
  int result = real_truncate(path, size);
  if (result == 0) record(TRUNCATE, inode_at(full), (uint64_t)size, full, NULL, NULL, 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }

// ——— sync: sync_file_range promises nothing and is not recorded ———

#define RECORDED_SYNC(call)                                                                                           \
  char path[PATH_MAX];                                                                                                \
  /* The root itself is what the program was given: its own names are part of the model. */                           \
  bool is_root = root_length > 0 && path_of(fd, path) && strcmp(path, root) == 0;                                     \
  if (!is_root && !ours(fd, path)) return call;                                                                       \
  pthread_mutex_lock(&turn);                                                                                          \
  if (ends_in(path, kill_path) && ++syncs == kill_at_sync) die();                                                                           \
  int result = call;                                                                                                  \
  if (result == 0) record(SYNC, inode_of(fd), 0, is_root ? "" : path, NULL, NULL, 0);                                 \
  pthread_mutex_unlock(&turn);                                                                                        \
  return result

int fsync(int fd) {
  REAL(int, fsync, int);
  RECORDED_SYNC(real_fsync(fd));
}
int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  RECORDED_SYNC(real_fdatasync(fd));
}

// ——— names ———

static int renamed(int old_folder, const char *old, int folder, const char *new, unsigned int flags) {
  REAL(int, renameat2, int, const char *, int, const char *, unsigned int);
  char from[PATH_MAX], to[PATH_MAX];
  bool from_ours = resolved(old_folder, old, from), to_ours = resolved(folder, new, to);
  if (!from_ours && !to_ours) return real_renameat2(old_folder, old, folder, new, flags);
  pthread_mutex_lock(&turn);
  int result = real_renameat2(old_folder, old, folder, new, flags);
  // One that is not below the root may also be one in a folder that does not exist: then the call has failed.
  bool known = from_ours && to_ours && (flags & ~(unsigned int)RENAME_NOREPLACE) == 0;
  if (result == 0 && known) record(RENAME, 0, 0, from, to, NULL, 0);
  else if (result == 0) record(UNSUPPORTED, 0, 0, old, "rename across the root", NULL, 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int old_folder, const char *old, int folder, const char *new) {
  return renamed(old_folder, old, folder, new, 0);
}
int renameat2(int old_folder, const char *old, int folder, const char *new, unsigned int flags) {
  return renamed(old_folder, old, folder, new, flags);
}

int linkat(int old_folder, const char *old, int folder, const char *new, int flags) {
  REAL(int, linkat, int, const char *, int, const char *, int);
  char from[PATH_MAX], to[PATH_MAX];
  if (!resolved(folder, new, to)) return real_linkat(old_folder, old, folder, new, flags);
  bool known = resolved(old_folder, old, from) && flags == 0;
  pthread_mutex_lock(&turn);
  int result = real_linkat(old_folder, old, folder, new, flags);
  if (result == 0 && known) record(LINK, 0, 0, from, to, NULL, 0);
  else if (result == 0) record(UNSUPPORTED, 0, 0, to, "link from outside", NULL, 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

#define RECORDED_NAME(folder, path, operation, call)                                                                  \
  char full[PATH_MAX];                                                                                                \
  if (!resolved(folder, path, full)) return call;                                                                     \
  pthread_mutex_lock(&turn);                                                                                          \
  int result = call;                                                                                                  \
  if (result == 0) record(operation, (operation) == MKDIR ? inode_at(full) : 0, 0, full, NULL, NULL, 0);              \
  pthread_mutex_unlock(&turn);                                                                                        \
  return result

int unlinkat(int folder, const char *name, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  RECORDED_NAME(folder, name, (flags & AT_REMOVEDIR) != 0 ? RMDIR : UNLINK, real_unlinkat(folder, name, flags));
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name) {
  struct stat info;
  return lstat(name, &info) == 0 && S_ISDIR(info.st_mode) ? rmdir(name) : unlink(name);
}
int mkdirat(int folder, const char *name, mode_t mode) {
  REAL(int, mkdirat, int, const char *, mode_t);
  RECORDED_NAME(folder, name, MKDIR, real_mkdirat(folder, name, mode));
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

// ——— what is only noticed ———

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  REAL(void *, mmap, void *, size_t, int, int, int, off_t);
  char path[PATH_MAX];
  if (fd >= 0 && (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && ours(fd, path)) {
    pthread_mutex_lock(&turn);
    record(MAPPED, inode_of(fd), 0, path, NULL, NULL, 0);
    pthread_mutex_unlock(&turn);
  }
  return real_mmap(address, length, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}

#define NOTICED(folder, path, name)                                                                                   \
  char full[PATH_MAX];                                                                                                \
  if (resolved(folder, path, full)) unsupported(name, full)

int symlinkat(const char *target, int folder, const char *path) {
  REAL(int, symlinkat, const char *, int, const char *);
  NOTICED(folder, path, "symlink");
  return real_symlinkat(target, folder, path);
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }
char *mkdtemp(char *template) {
  REAL(char *, mkdtemp, char *);
  NOTICED(AT_FDCWD, template, "mkdtemp");
  return real_mkdtemp(template);
}
int mkostemp(char *template, int flags) {
  REAL(int, mkostemp, char *, int);
  NOTICED(AT_FDCWD, template, "mkostemp");
  return real_mkostemp(template, flags);
}
int mkstemp(char *template) { return mkostemp(template, 0); }
int mkstemp64(char *template) { return mkostemp(template, 0); }
int syncfs(int fd) {
  REAL(int, syncfs, int);
  char path[PATH_MAX];
  if (ours(fd, path)) unsupported("syncfs", path);
  return real_syncfs(fd);
}
