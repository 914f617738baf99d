#include "app/library/news.h"

#include <glib.h>

struct subscriber {
    const struct callapi_listener *listener; /* NULL: removed while listeners were called */
    void *user_data;
};

struct item;
typedef void (*teller)(const struct item *item, const struct callapi_listener *listener, void *user_data);

struct item {
    teller tell;                  /* NULL: `done` */
    struct callapi_change change; /* its texts: call_id, remote, text */
    char *call_id, *remote, *name, *text, *state;
    struct callapi_error error;
    struct callapi_quality quality;
    struct callapi_room room;
    enum callapi_link link;
    int64_t start_ms, duration_ms;
    bool muted, camera_on;
    int seconds;
    callapi_done done;
    void *user_data;
};

struct news {
    GArray *subscribers; /* struct subscriber */
    GQueue items;        /* struct item */
    int depth;           /* listeners being called */
    bool closed;
};

static void free_item(gpointer data)
{
    struct item *item = data;
    g_free(item->call_id);
    g_free(item->remote);
    g_free(item->name);
    g_free(item->text);
    g_free(item->state);
    g_free(item);
}

struct news *news_create(void)
{
    struct news *news = g_new0(struct news, 1);
    news->subscribers = g_array_new(FALSE, FALSE, sizeof(struct subscriber));
    return news;
}

void news_destroy(struct news *news)
{
    if (!news)
        return;
    g_queue_clear_full(&news->items, free_item);
    g_array_unref(news->subscribers);
    g_free(news);
}

/* ---- listeners ---- */

void news_add_listener(struct news *news, const struct callapi_listener *listener, void *user_data)
{
    struct subscriber subscriber = { listener, user_data };
    g_array_append_val(news->subscribers, subscriber);
}

void news_remove_listener(struct news *news, const struct callapi_listener *listener, void *user_data)
{
    for (guint i = 0; i < news->subscribers->len; i++) {
        struct subscriber *subscriber = &g_array_index(news->subscribers, struct subscriber, i);
        if (subscriber->listener != listener || subscriber->user_data != user_data)
            continue;
        subscriber->listener = NULL;
        break;
    }
}

static void enter(struct news *news)
{
    news->depth++;
}

static void leave(struct news *news)
{
    if (--news->depth)
        return;
    for (guint i = news->subscribers->len; i-- > 0;)
        if (!g_array_index(news->subscribers, struct subscriber, i).listener)
            g_array_remove_index(news->subscribers, i);
}

/* By index: a listener may add others, which moves the array. */
static void tell_all(struct news *news, const struct item *item)
{
    for (guint i = 0; i < news->subscribers->len && !news->closed; i++) {
        struct subscriber subscriber = g_array_index(news->subscribers, struct subscriber, i);
        if (subscriber.listener)
            item->tell(item, subscriber.listener, subscriber.user_data);
    }
}

/* ---- what is told, and how ---- */

static struct item *post(struct news *news, teller tell)
{
    struct item *item = g_new0(struct item, 1);
    item->tell = tell;
    g_queue_push_tail(&news->items, item);
    return item;
}

static void tell_change(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->event && item->change.event != CALL_EVENT_NONE)
        listener->event(user_data, &item->change);
    if (listener->state && item->change.state != item->change.previous)
        listener->state(user_data, &item->change);
}

void news_post_change(struct news *news, const struct callapi_change *change)
{
    struct item *item = post(news, tell_change);
    item->change = *change;
    item->change.call_id = item->call_id = g_strdup(change->call_id);
    item->change.remote = item->remote = g_strdup(change->remote);
    item->change.remote_name = item->name = g_strdup(change->remote_name);
    item->change.extension = item->text = g_strdup(change->extension);
}

static void tell_error(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->error)
        listener->error(user_data, &item->error);
}

void news_post_error(struct news *news, enum callapi_domain domain, enum call_error code, const char *text)
{
    struct item *item = post(news, tell_error);
    item->text = g_strdup(text);
    item->error = (struct callapi_error){ .domain = domain, .code = code, .text = item->text };
}

static void tell_connected(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->connected)
        listener->connected(user_data, item->call_id, item->remote, item->start_ms);
}

void news_post_connected(struct news *news, const char *call_id, const char *remote, int64_t start_ms)
{
    struct item *item = post(news, tell_connected);
    item->call_id = g_strdup(call_id);
    item->remote = g_strdup(remote);
    item->start_ms = start_ms;
}

static void tell_disconnected(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->disconnected)
        listener->disconnected(user_data, item->call_id, item->remote, item->start_ms, item->duration_ms);
}

void news_post_disconnected(struct news *news, const char *call_id, const char *remote, int64_t start_ms,
                            int64_t duration_ms)
{
    struct item *item = post(news, tell_disconnected);
    item->call_id = g_strdup(call_id);
    item->remote = g_strdup(remote);
    item->start_ms = start_ms;
    item->duration_ms = duration_ms;
}

static void tell_token_expires(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->token_expires)
        listener->token_expires(user_data, item->seconds);
}

void news_post_token_expires(struct news *news, int seconds)
{
    post(news, tell_token_expires)->seconds = seconds;
}

static void tell_remote_media(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->remote_media)
        listener->remote_media(user_data, item->muted, item->camera_on);
}

void news_post_remote_media(struct news *news, bool muted, bool camera_on)
{
    struct item *item = post(news, tell_remote_media);
    item->muted = muted;
    item->camera_on = camera_on;
}

static void tell_quality(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->quality)
        listener->quality(user_data, &item->quality);
}

void news_post_quality(struct news *news, const struct callapi_quality *quality)
{
    post(news, tell_quality)->quality = *quality;
}

static void tell_link(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->link)
        listener->link(user_data, item->link);
}

void news_post_link(struct news *news, enum callapi_link link)
{
    post(news, tell_link)->link = link;
}

static void tell_room(const struct item *item, const struct callapi_listener *listener, void *user_data)
{
    if (listener->room)
        listener->room(user_data, &item->room);
}

void news_post_room(struct news *news, const struct callapi_room *room)
{
    struct item *item = post(news, tell_room);
    item->text = g_strdup(room->room);
    item->remote = g_strdup(room->host);
    item->name = g_strdup(room->host_name);
    item->state = g_strdup(room->state);
    item->room = *room;
    item->room.room = item->text;
    item->room.host = item->remote;
    item->room.host_name = item->name;
    item->room.state = item->state;
}

void news_post_done(struct news *news, callapi_done done, void *user_data, enum callapi_domain domain,
                    enum call_error code, const char *text)
{
    if (!done)
        return;
    struct item *item = post(news, NULL);
    item->done = done;
    item->user_data = user_data;
    item->text = g_strdup(text);
    item->error = (struct callapi_error){ .domain = domain, .code = code, .text = item->text };
}

/* ---- telling ---- */

bool news_waiting(const struct news *news)
{
    return news->items.length > 0;
}

void news_tell(struct news *news)
{
    GQueue items = news->items;
    struct item *item;
    g_queue_init(&news->items);
    enter(news);
    while ((item = g_queue_pop_head(&items))) {
        if (item->tell)
            tell_all(news, item);
        else if (!news->closed)
            item->done(item->user_data, item->error.code ? &item->error : NULL);
        else
            news_post_done(news, item->done, item->user_data, item->error.domain, item->error.code, item->text);
        free_item(item);
    }
    leave(news);
}

void news_close(struct news *news)
{
    news->closed = true;
    if (news->depth)
        return; /* told when the callback has returned, by the call that follows */
    struct callapi_error gone = { CALLAPI_DOMAIN_CALL, CALL_ERROR_DESTROYED, call_error_text(CALL_ERROR_DESTROYED) };
    struct item *item;
    while ((item = g_queue_pop_head(&news->items))) {
        if (!item->tell)
            item->done(item->user_data, &gone);
        free_item(item);
    }
}

/* ---- pictures ---- */

bool news_remote_picture(struct news *news, const struct callapi_picture *picture)
{
    bool shown = false;
    enter(news);
    for (guint i = 0; i < news->subscribers->len && !news->closed; i++) {
        struct subscriber subscriber = g_array_index(news->subscribers, struct subscriber, i);
        if (subscriber.listener && subscriber.listener->remote_picture)
            shown |= subscriber.listener->remote_picture(subscriber.user_data, picture);
    }
    leave(news);
    return shown;
}

void news_local_picture(struct news *news, const struct callapi_picture *picture)
{
    enter(news);
    for (guint i = 0; i < news->subscribers->len && !news->closed; i++) {
        struct subscriber subscriber = g_array_index(news->subscribers, struct subscriber, i);
        if (subscriber.listener && subscriber.listener->local_picture)
            subscriber.listener->local_picture(subscriber.user_data, picture);
    }
    leave(news);
}
