/* Debian's header of this name is made for one system; this is as much as its other headers ask. */
#ifndef CALLAPI_TESTS_WINDOWS_SDL_CONFIG_H
#define CALLAPI_TESTS_WINDOWS_SDL_CONFIG_H

#include "SDL_platform.h"

#define SIZEOF_VOIDP 8
#define HAVE_GCC_ATOMICS 1
#define STDC_HEADERS 1
#define HAVE_STDARG_H 1
#define HAVE_STDDEF_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDIO_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_CTYPE_H 1
#define HAVE_MATH_H 1

#endif
