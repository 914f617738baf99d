#include "net/rtp/nack_list.h"

enum {
    REORDER_US = 5000,     /* a packet may be overtaken for so long ... */
    REORDER_PACKETS = 2,   /* ... or by so many, before it counts as missing */
    MIN_REPEAT_US = 20000, /* between requests for one packet; later repetitions wait for half a round trip */
    /* So much of a round trip after the first request one more goes out, in case that was lost: senders take what comes
     * within half a round trip (Chromium: a whole one) for the same. */
    BACKUP_PERCENT = 30,
    MIN_BACKUP_US = 10000,
    ANSWER_PERCENT = 110, /* of a round trip: until then its answer may still come */
    MIN_GIVE_UP_US = 250000,
    MAX_GIVE_UP_US = 1000000,
    GIVE_UP_ROUND_TRIPS = 5,
};

struct missing {
    int64_t sequence;
    int64_t noticed_us;
    int64_t asked_us;
    int asked; /* how often */
};

struct nack_list {
    GArray *missing; /* in ascending order; the receiver settles what falls out of its buffer */
};

struct nack_list *nack_list_create(void)
{
    struct nack_list *list = g_new0(struct nack_list, 1);
    list->missing = g_array_new(FALSE, FALSE, sizeof(struct missing));
    return list;
}

void nack_list_destroy(struct nack_list *list)
{
    if (!list)
        return;
    g_array_unref(list->missing);
    g_free(list);
}

void nack_list_clear(struct nack_list *list)
{
    g_array_set_size(list->missing, 0);
}

static struct missing *at(const struct nack_list *list, guint i)
{
    return &g_array_index(list->missing, struct missing, i);
}

void nack_list_add_gap(struct nack_list *list, int64_t sequence, int count, int64_t now_us)
{
    for (int64_t s = sequence - count; s < sequence; s++) {
        struct missing missing = { .sequence = s, .noticed_us = now_us };
        g_array_append_val(list->missing, missing);
    }
}

/* How many are before `sequence`. */
static guint count_before(const struct nack_list *list, int64_t sequence)
{
    guint n = 0;
    while (n < list->missing->len && at(list, n)->sequence < sequence)
        n++;
    return n;
}

static void remove_first(struct nack_list *list, guint n)
{
    if (n)
        g_array_remove_range(list->missing, 0, n);
}

void nack_list_remove(struct nack_list *list, int64_t sequence)
{
    guint i = count_before(list, sequence);
    if (i < list->missing->len && at(list, i)->sequence == sequence)
        g_array_remove_index(list->missing, i);
}

bool nack_list_contains(const struct nack_list *list, int64_t sequence)
{
    guint i = count_before(list, sequence);
    return i < list->missing->len && at(list, i)->sequence == sequence;
}

void nack_list_settle(struct nack_list *list, int64_t sequence)
{
    remove_first(list, count_before(list, sequence));
}

static int64_t give_up_us(const struct missing *missing, int64_t round_trip_us)
{
    return missing->noticed_us + CLAMP(GIVE_UP_ROUND_TRIPS * round_trip_us, MIN_GIVE_UP_US, MAX_GIVE_UP_US);
}

static int64_t repeat_us(const struct missing *missing, int64_t round_trip_us)
{
    int64_t backup_us = round_trip_us * BACKUP_PERCENT / 100, answer_us = round_trip_us * ANSWER_PERCENT / 100;
    bool backed_up = backup_us >= MIN_BACKUP_US;
    if (missing->asked == 1)
        return backed_up ? backup_us : MAX(answer_us, MIN_REPEAT_US);
    return MAX(missing->asked == 2 && backed_up ? answer_us - backup_us : round_trip_us / 2, MIN_REPEAT_US);
}

static int64_t ask_us(const struct missing *missing, int64_t highest, int64_t round_trip_us)
{
    if (missing->asked)
        return missing->asked_us + repeat_us(missing, round_trip_us);
    return highest - missing->sequence >= REORDER_PACKETS ? missing->noticed_us : missing->noticed_us + REORDER_US;
}

bool nack_list_expire(struct nack_list *list, int64_t now_us, int64_t round_trip_us, int64_t *sequence)
{
    guint n = 0;
    while (n < list->missing->len && give_up_us(at(list, n), round_trip_us) <= now_us)
        *sequence = at(list, n++)->sequence;
    remove_first(list, n);
    return n > 0;
}

void nack_list_collect(struct nack_list *list, int64_t highest, int64_t now_us, int64_t round_trip_us,
                       struct rtp_feedback *feedback)
{
    for (guint i = 0; i < list->missing->len && feedback->nacks < (int)G_N_ELEMENTS(feedback->nack); i++) {
        struct missing *missing = at(list, i);
        if (ask_us(missing, highest, round_trip_us) > now_us)
            continue;
        missing->asked++;
        missing->asked_us = now_us;
        feedback->nack[feedback->nacks++] = (uint16_t)missing->sequence;
    }
}

int64_t nack_list_deadline(const struct nack_list *list, int64_t highest, int64_t round_trip_us, bool asking)
{
    int64_t deadline = INT64_MAX;
    for (guint i = 0; i < list->missing->len; i++) {
        const struct missing *missing = at(list, i);
        deadline = MIN(deadline, give_up_us(missing, round_trip_us));
        if (asking)
            deadline = MIN(deadline, ask_us(missing, highest, round_trip_us));
    }
    return deadline;
}
