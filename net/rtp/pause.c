#include "net/rtp/pause.h"

/* Numbers wrap. */
static bool is_over(uint16_t id, uint16_t current)
{
    return (int16_t)(uint16_t)(id - current) < 0;
}

bool rtp_pause_sender_pause(struct rtp_pause_sender *sender, uint16_t id)
{
    if (is_over(id, sender->id))
        return false;
    bool changed = !sender->paused;
    sender->paused = true;
    sender->id = id;
    return changed;
}

/* One that overtook its pause keeps that from beginning. */
bool rtp_pause_sender_resume(struct rtp_pause_sender *sender, uint16_t id)
{
    if (is_over(id, sender->id))
        return false;
    bool changed = sender->paused;
    sender->paused = false;
    sender->id = (uint16_t)(id + 1);
    return changed;
}

static bool is_wanted(const struct rtp_pause_receiver *receiver)
{
    return receiver->state == RTP_PAUSE_ASKED || receiver->state == RTP_PAUSE_PAUSED;
}

bool rtp_pause_receiver_want(struct rtp_pause_receiver *receiver, bool paused)
{
    if (paused == is_wanted(receiver))
        return false;
    if (paused)
        receiver->id++;
    receiver->state = paused ? RTP_PAUSE_ASKED : RTP_PAUSE_RESUMING;
    return true;
}

void rtp_pause_receiver_confirmed(struct rtp_pause_receiver *receiver, uint16_t id)
{
    if (receiver->state == RTP_PAUSE_ASKED && id == receiver->id)
        receiver->state = RTP_PAUSE_PAUSED;
}

void rtp_pause_receiver_flows(struct rtp_pause_receiver *receiver)
{
    if (receiver->state == RTP_PAUSE_RESUMING)
        receiver->state = RTP_PAUSE_FLOWING;
}
