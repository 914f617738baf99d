/* The delay-based half of Google Congestion Control (draft-ietf-rmcat-gcc-02, 5.2 to 5.4): are queues on the way
 * growing? Packets sent in a burst are one group; the delay that each group gained over the one before is summed and
 * smoothed, the slope of that sum over the last groups is the trend (a least-squares line, as the draft's authors do
 * since 2016 in place of its Kalman filter), compared to a threshold that adapts to the path's noise. Pure: times are
 * passed in. */
#ifndef CALLAPI_NET_CONGESTION_GCC_DELAY_H
#define CALLAPI_NET_CONGESTION_GCC_DELAY_H

#include <stdbool.h>
#include <stdint.h>

enum gcc_usage { GCC_NORMAL, GCC_OVERUSE, GCC_UNDERUSE };

enum { GCC_TREND_WINDOW = 20 };

struct gcc_group {
    int64_t first_sent_us, sent_us; /* of its first and its last packet */
    int64_t first_arrived_us, arrived_us;
    bool begun;
};

struct gcc_delay {
    struct gcc_group current, previous;
    /* the trend */
    double accumulated_ms, smoothed_ms;
    struct {
        double at_ms, delay_ms;
    } points[GCC_TREND_WINDOW]; /* a ring */
    int n_points, deltas;
    int64_t origin_us;
    double trend, last_trend;
    /* the detector */
    double threshold;  /* ms, as del_var_th in the draft */
    double overuse_ms; /* how long the trend has been above it; negative: it is not */
    int overuses;
    int64_t adapted_us;
    enum gcc_usage usage;
    /* how long queues are */
    int64_t least_us[2], least_at_us; /* the smallest one-way delay of this and the last period */
    double queue_ms;
};

void gcc_delay_init(struct gcc_delay *delay);
/* A packet that arrived, in order of sending; clocks of both ends may differ by any constant. */
void gcc_delay_add(struct gcc_delay *delay, int64_t sent_us, int64_t arrived_us);
enum gcc_usage gcc_delay_usage(const struct gcc_delay *delay);
/* How much longer packets are under way now than at the best of the last half minute, ms. */
double gcc_delay_queue_ms(const struct gcc_delay *delay);

#endif
