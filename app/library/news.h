/* What the library has to tell its listeners: gathered while operations and the network are served, told from
 * callapi_poll alone, so that nobody is called from within an operation. Private to app/library*.c. */
#ifndef CALLAPI_APP_LIBRARY_NEWS_H
#define CALLAPI_APP_LIBRARY_NEWS_H

#include "engine/callapi.h"

struct news;

struct news *news_create(void);
void news_destroy(struct news *news); /* takes NULL; what was not told is forgotten */

void news_add_listener(struct news *news, const struct callapi_listener *listener, void *user_data);
void news_remove_listener(struct news *news, const struct callapi_listener *listener, void *user_data);

/* All are copied. */
void news_post_change(struct news *news, const struct callapi_change *change);
void news_post_error(struct news *news, enum callapi_domain domain, enum call_error code, const char *text);
void news_post_connected(struct news *news, const char *call_id, const char *remote, int64_t start_ms);
void news_post_disconnected(struct news *news, const char *call_id, const char *remote, int64_t start_ms,
                            int64_t duration_ms);
void news_post_token_expires(struct news *news, int seconds);
void news_post_remote_media(struct news *news, bool muted, bool camera_on);
void news_post_quality(struct news *news, const struct callapi_quality *quality);
void news_post_link(struct news *news, enum callapi_link link);
void news_post_room(struct news *news, const struct callapi_room *room);
/* `code` CALL_OK: done well. */
void news_post_done(struct news *news, callapi_done done, void *user_data, enum callapi_domain domain,
                    enum call_error code, const char *text);

bool news_waiting(const struct news *news);
/* Tells what was posted before this call; what the listeners cause is told the next time. */
void news_tell(struct news *news);
/* Nothing is told any more, but `done`s, which all get CALL_ERROR_DESTROYED. */
void news_close(struct news *news);

/* Pictures are told at once. True: one of the listeners has it on the screen. */
bool news_remote_picture(struct news *news, const struct callapi_picture *picture);
void news_local_picture(struct news *news, const struct callapi_picture *picture);

#endif
