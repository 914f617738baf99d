/* GLib's own header of this name is made for one system. This is the one at hand, said again for 64-bit Windows, where
 * a long has 32 bits: only for compilers that read and build nothing. */
#ifndef CALLAPI_TESTS_WINDOWS_GLIBCONFIG_H
#define CALLAPI_TESTS_WINDOWS_GLIBCONFIG_H

#include <float.h>
#include <glib/gmacros.h>
#include <limits.h>

#define long long long
#include_next <glibconfig.h>
#undef long

#undef GLIB_SIZEOF_LONG
#define GLIB_SIZEOF_LONG 4
#undef G_GINT64_CONSTANT
#define G_GINT64_CONSTANT(value) (value##LL)
#undef G_GUINT64_CONSTANT
#define G_GUINT64_CONSTANT(value) (value##ULL)
#undef G_GINT64_FORMAT
#define G_GINT64_FORMAT "lli"
#undef G_GUINT64_FORMAT
#define G_GUINT64_FORMAT "llu"
#undef G_GSIZE_FORMAT
#define G_GSIZE_FORMAT "llu"
#undef G_GSSIZE_FORMAT
#define G_GSSIZE_FORMAT "lli"
#undef G_MAXSIZE
#define G_MAXSIZE G_MAXUINT64
#undef G_MINSSIZE
#define G_MINSSIZE G_MININT64
#undef G_MAXSSIZE
#define G_MAXSSIZE G_MAXINT64
#undef GPOINTER_TO_INT
#define GPOINTER_TO_INT(pointer) ((gint)(gintptr)(pointer))
#undef GPOINTER_TO_UINT
#define GPOINTER_TO_UINT(pointer) ((guint)(guintptr)(pointer))
#undef GINT_TO_POINTER
#define GINT_TO_POINTER(number) ((gpointer)(gintptr)(number))
#undef GUINT_TO_POINTER
#define GUINT_TO_POINTER(number) ((gpointer)(guintptr)(number))

#undef G_OS_UNIX
#define G_OS_WIN32
#undef G_POLLFD_FORMAT
#define G_POLLFD_FORMAT "%#llx"

#endif
