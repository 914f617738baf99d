/* The C library's: sockets and files. Left out is what GLib and libuv end the program for themselves, by design: the
 * descriptors by which they wait and wake (eventfd, epoll). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail_call.h"

typedef socklen_t *__restrict size_out;
typedef struct mmsghdr datagram;

/* Group, what it gives, name, parameters, arguments; when it fails: the error, EINTR, EAGAIN. */
/* clang-format off */
FAIL_CALL(FAIL_SOCKET, int, socket, (int a, int b, int c), (a, b, c), -1, EMFILE, 0, 0)
FAIL_CALL(FAIL_SOCKET, int, bind, (int s, __CONST_SOCKADDR_ARG a, socklen_t n), (s, a, n), -1, EADDRNOTAVAIL, 0, 0)
FAIL_CALL(FAIL_SOCKET, int, listen, (int s, int n), (s, n), -1, ENOBUFS, 0, 0)
FAIL_CALL(FAIL_SOCKET, int, connect, (int s, __CONST_SOCKADDR_ARG a, socklen_t n), (s, a, n), -1, ENETUNREACH, EINTR, 0)
FAIL_CALL(FAIL_SOCKET, int, accept, (int s, __SOCKADDR_ARG a, size_out n), (s, a, n), -1, EMFILE, EINTR, EAGAIN)
FAIL_CALL(FAIL_SOCKET, int, accept4, (int s, __SOCKADDR_ARG a, size_out n, int f),
          (s, a, n, f), -1, EMFILE, EINTR, EAGAIN)
FAIL_CALL(FAIL_SOCKET, int, getsockname, (int s, __SOCKADDR_ARG a, size_out n), (s, a, n), -1, ENOBUFS, 0, 0)
FAIL_CALL(FAIL_SOCKET, int, getpeername, (int s, __SOCKADDR_ARG a, size_out n), (s, a, n), -1, ENOTCONN, 0, 0)
FAIL_CALL(FAIL_SOCKET, int, setsockopt, (int s, int l, int o, const void *v, socklen_t n),
          (s, l, o, v, n), -1, ENOMEM, 0, 0)

FAIL_CALL(FAIL_SEND, ssize_t, send, (int s, const void *b, size_t n, int f), (s, b, n, f), -1, ENOBUFS, EINTR, EAGAIN)
FAIL_CALL(FAIL_SEND, ssize_t, sendto, (int s, const void *b, size_t n, int f, __CONST_SOCKADDR_ARG a, socklen_t l),
          (s, b, n, f, a, l), -1, ENETUNREACH, EINTR, EAGAIN)
FAIL_CALL(FAIL_SEND, ssize_t, sendmsg, (int s, const struct msghdr *m, int f), (s, m, f), -1, ENOBUFS, EINTR, EAGAIN)
FAIL_CALL(FAIL_SEND, int, sendmmsg, (int s, datagram *m, unsigned n, int f), (s, m, n, f), -1, ENOBUFS, EINTR, EAGAIN)

FAIL_CALL(FAIL_RECEIVE, ssize_t, recv, (int s, void *b, size_t n, int f), (s, b, n, f), -1, ECONNRESET, EINTR, EAGAIN)
FAIL_CALL(FAIL_RECEIVE, ssize_t, recvfrom,
          (int s, void *__restrict b, size_t n, int f, __SOCKADDR_ARG a, size_out l), (s, b, n, f, a, l),
          -1, ENOMEM, EINTR, EAGAIN)
FAIL_CALL(FAIL_RECEIVE, ssize_t, recvmsg, (int s, struct msghdr *m, int f), (s, m, f), -1, ENOMEM, EINTR, EAGAIN)
FAIL_CALL(FAIL_RECEIVE, int, recvmmsg, (int s, datagram *m, unsigned n, int f, struct timespec *t),
          (s, m, n, f, t), -1, ENOMEM, EINTR, EAGAIN)

FAIL_CALL(FAIL_OPEN, FILE *, fopen, (const char *p, const char *m), (p, m), NULL, EMFILE, 0, 0)
FAIL_CALL(FAIL_OPEN, FILE *, fopen64, (const char *p, const char *m), (p, m), NULL, EMFILE, 0, 0)
FAIL_CALL(FAIL_OPEN, void *, mmap, (void *a, size_t n, int p, int m, int f, off_t o),
          (a, n, p, m, f, o), MAP_FAILED, f < 0 ? 0 : ENOMEM, 0, 0)
FAIL_CALL(FAIL_OPEN, void *, mmap64, (void *a, size_t n, int p, int m, int f, off64_t o),
          (a, n, p, m, f, o), MAP_FAILED, f < 0 ? 0 : ENOMEM, 0, 0)

FAIL_CALL(FAIL_READ, ssize_t, read, (int f, void *b, size_t n), (f, b, n), -1, EIO, EINTR, 0)
FAIL_CALL(FAIL_READ, ssize_t, pread, (int f, void *b, size_t n, off_t o), (f, b, n, o), -1, EIO, EINTR, 0)
FAIL_CALL(FAIL_READ, ssize_t, pread64, (int f, void *b, size_t n, off64_t o), (f, b, n, o), -1, EIO, EINTR, 0)

FAIL_CALL(FAIL_WRITE, ssize_t, write, (int f, const void *b, size_t n), (f, b, n), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, ssize_t, writev, (int f, const struct iovec *v, int n), (f, v, n), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, ssize_t, pwrite, (int f, const void *b, size_t n, off_t o), (f, b, n, o), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, ssize_t, pwrite64, (int f, const void *b, size_t n, off64_t o),
          (f, b, n, o), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, int, fsync, (int f), (f), -1, EIO, EINTR, 0)
FAIL_CALL(FAIL_WRITE, int, fdatasync, (int f), (f), -1, EIO, EINTR, 0)
FAIL_CALL(FAIL_WRITE, int, ftruncate, (int f, off_t n), (f, n), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, int, ftruncate64, (int f, off64_t n), (f, n), -1, ENOSPC, EINTR, 0)
FAIL_CALL(FAIL_WRITE, int, fchmod, (int f, mode_t m), (f, m), -1, EROFS, 0, 0)
FAIL_CALL(FAIL_WRITE, int, chmod, (const char *p, mode_t m), (p, m), -1, EROFS, 0, 0)
FAIL_CALL(FAIL_WRITE, int, mkdir, (const char *p, mode_t m), (p, m), -1, ENOSPC, 0, 0)
FAIL_CALL(FAIL_WRITE, int, unlink, (const char *p), (p), -1, EROFS, 0, 0)
FAIL_CALL(FAIL_WRITE, int, rename, (const char *o, const char *n), (o, n), -1, EROFS, 0, 0)
/* clang-format on */

/* Those with a mode only where they create. */
#define OPENS(name, before, given)                                                                                     \
    FAIL_VISIBLE int name before                                                                                       \
    {                                                                                                                  \
        FAIL_REAL(int, name, before);                                                                                  \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        int why = fail_next(FAIL_OPEN, #name, (const int[FAIL_WAYS]){ EMFILE, EINTR, 0 });                             \
        if (!why)                                                                                                      \
            return real given;                                                                                         \
        errno = why;                                                                                                   \
        return -1;                                                                                                     \
    }
/* clang-format off */
OPENS(open, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENS(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
/* clang-format on */
