#include "app/agent/quality.h"

enum { JUDGE_US = 2000000 };

static int level(const struct agent_quality *quality, bool silent)
{
    static const struct {
        double round_trip_ms, loss;
    } limits[] = { { 150, 0.01 }, { 300, 0.03 }, { 500, 0.08 } };
    if (silent)
        return 5;
    for (int i = 0; i < (int)G_N_ELEMENTS(limits); i++)
        if (quality->round_trip_ms < limits[i].round_trip_ms && quality->loss < limits[i].loss)
            return i + 1;
    return 4;
}

static double loss(const struct quality *before, const struct peer_stats *stats)
{
    uint64_t received = stats->packets_received - before->received, lost = stats->packets_lost - before->lost;
    return stats->packets_lost > before->lost && received + lost ? (double)lost / (double)(received + lost) : 0;
}

bool quality_judge(struct quality *quality, const struct peer_stats *stats, bool silent, int64_t now_us,
                   struct agent_quality *judgement)
{
    if (now_us - quality->judged_us < JUDGE_US)
        return false;
    if (stats->packets_received < quality->received) /* another connection */
        quality->received = quality->lost = 0;
    *judgement = (struct agent_quality){ .round_trip_ms = stats->round_trip_ms, .loss = loss(quality, stats) };
    judgement->level = level(judgement, silent);
    *quality = (struct quality){ now_us, stats->packets_received, stats->packets_lost, judgement->level };
    return true;
}
