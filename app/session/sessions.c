#include "app/session/sessions.h"

#include <string.h>

#include "engine/text/address.h"

struct sessions {
    struct session_config common;
    void (*leaves)(void *user_data, struct session *session);
    GPtrArray *all; /* struct session, owned */
};

struct sessions *sessions_create(const struct session_config *common,
                                 void (*leaves)(void *user_data, struct session *session))
{
    struct sessions *sessions = g_new0(struct sessions, 1);
    *sessions = (struct sessions){ .common = *common, .leaves = leaves, .all = g_ptr_array_new() };
    return sessions;
}

void sessions_destroy(struct sessions *sessions)
{
    if (!sessions)
        return;
    while (sessions->all->len)
        sessions_drop(sessions, sessions->all->pdata[0]);
    g_ptr_array_unref(sessions->all);
    g_free(sessions);
}

struct session *sessions_add(struct sessions *sessions, const char *id, const char *remote, bool offerer)
{
    struct session_config config = sessions->common;
    config.id = id;
    config.remote = remote;
    config.offerer = offerer;
    struct session *session = session_create(&config);
    if (session)
        g_ptr_array_add(sessions->all, session);
    return session;
}

struct session *sessions_answer(struct sessions *sessions, const char *id, const char *remote, const char *offer)
{
    struct session *session = sessions_add(sessions, id, remote, false);
    g_autofree char *error = NULL;
    if (!session || session_answer(session, offer, &error))
        return session;
    complain(sessions->common.complaints, "the offer of %s cannot be answered: %s", remote, error);
    sessions_drop(sessions, session);
    return NULL;
}

void sessions_drop(struct sessions *sessions, struct session *session)
{
    sessions->leaves(sessions->common.user_data, session);
    g_ptr_array_remove(sessions->all, session);
    session_destroy(session);
}

struct session *sessions_find(const struct sessions *sessions, const char *id, const char *device)
{
    for (guint i = 0; i < sessions->all->len; i++) {
        struct session *session = sessions->all->pdata[i];
        if (!g_strcmp0(session_id(session), id) && (!device || !strcmp(session_remote(session), device)))
            return session;
    }
    return NULL;
}

struct session *sessions_find_of_user(const struct sessions *sessions, const char *id, const char *device)
{
    struct session *found = sessions_find(sessions, id, device);
    for (guint i = 0; !found && i < sessions->all->len; i++) {
        struct session *session = sessions->all->pdata[i];
        if (!g_strcmp0(session_id(session), id) && address_same_user(session_remote(session), device))
            found = session;
    }
    return found;
}

struct session *sessions_find_to(const struct sessions *sessions, const char *device)
{
    for (guint i = 0; i < sessions->all->len; i++)
        if (!strcmp(session_remote(sessions->all->pdata[i]), device))
            return sessions->all->pdata[i];
    return NULL;
}

const GPtrArray *sessions_all(const struct sessions *sessions)
{
    return sessions->all;
}

void sessions_poll(struct sessions *sessions, int64_t now_us)
{
    g_autoptr(GPtrArray) all = g_ptr_array_copy(sessions->all, NULL, NULL);
    for (guint i = 0; i < all->len; i++)
        if (g_ptr_array_find(sessions->all, all->pdata[i], NULL))
            session_poll(all->pdata[i], now_us);
}
