/* An agent's connections to others: made here, found by what a message says, and dropped. */
#ifndef CALLAPI_APP_SESSION_SESSIONS_H
#define CALLAPI_APP_SESSION_SESSIONS_H

#include "app/session/session.h"

struct sessions;

/* `common`: what all are made with; `id`, `remote` and `offerer` do not matter. `leaves` is called for each that is
 * about to be destroyed: nothing refers to it afterwards. */
struct sessions *sessions_create(const struct session_config *common,
                                 void (*leaves)(void *user_data, struct session *session));
/* Drops them all. Takes NULL. */
void sessions_destroy(struct sessions *sessions);

/* NULL, logged, where it cannot be made. Owned by the set. `id` NULL: a new one. */
struct session *sessions_add(struct sessions *sessions, const char *id, const char *remote, bool offerer);
/* The same for an offer, which it answers. */
struct session *sessions_answer(struct sessions *sessions, const char *id, const char *remote, const char *offer);
void sessions_drop(struct sessions *sessions, struct session *session);

/* `id` may be NULL: there is none. `device` is at its other end; NULL: any. */
struct session *sessions_find(const struct sessions *sessions, const char *id, const char *device);
/* The same, or where there is none of that device one of another device of its user. */
struct session *sessions_find_of_user(const struct sessions *sessions, const char *id, const char *device);
struct session *sessions_find_to(const struct sessions *sessions, const char *device);
/* All struct session; borrowed until one comes or goes. */
const GPtrArray *sessions_all(const struct sessions *sessions);
/* One may go in its own poll, or in another's. */
void sessions_poll(struct sessions *sessions, int64_t now_us);

#endif
