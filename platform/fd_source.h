/* A descriptor as a source of GLib's main loop. */
#ifndef CALLAPI_PLATFORM_FD_SOURCE_H
#define CALLAPI_PLATFORM_FD_SOURCE_H

#include <glib.h>

/* Dispatched on the conditions, and on G_IO_HUP and G_IO_ERR; its callback is a gboolean (*)(gint fd, GIOCondition
 * condition, gpointer user_data). g_source_unref it. */
GSource *fd_source_create(int fd, GIOCondition condition);

#endif
