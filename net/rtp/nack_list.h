/* Missing packets: when to ask for each (again), and when to stop (RFC 4585, 6.2.1). */
#ifndef CALLAPI_NET_RTP_NACK_LIST_H
#define CALLAPI_NET_RTP_NACK_LIST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/rtp/receiver.h"

struct nack_list;

struct nack_list *nack_list_create(void);
void nack_list_destroy(struct nack_list *list);
void nack_list_clear(struct nack_list *list);

/* The `count` packets before `sequence`, the newest, are missing as of now. */
void nack_list_add_gap(struct nack_list *list, int64_t sequence, int count, int64_t now_us);
/* It has come. */
void nack_list_remove(struct nack_list *list, int64_t sequence);
bool nack_list_contains(const struct nack_list *list, int64_t sequence);
/* Those before `sequence` do not matter any more. */
void nack_list_settle(struct nack_list *list, int64_t sequence);

/* Removes what cannot come in time any more: true, and the last one of them goes to `sequence`, where there was one. */
bool nack_list_expire(struct nack_list *list, int64_t now_us, int64_t round_trip_us, int64_t *sequence);
/* Moves what is due to be asked for into `feedback`. `highest`: the newest sequence number that came. */
void nack_list_collect(struct nack_list *list, int64_t highest, int64_t now_us, int64_t round_trip_us,
                       struct rtp_feedback *feedback);
/* When expire (and, with `asking`, collect) will have something to do; INT64_MAX: never. */
int64_t nack_list_deadline(const struct nack_list *list, int64_t highest, int64_t round_trip_us, bool asking);

#endif
