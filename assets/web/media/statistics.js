/** What a connection counts, by the W3C's webrtc-stats. */

/** @typedef {{packets: number, lost: number, roundTripMs: number}} Count */

/**
 * Packets of media, and reports on ours, that have come so far.
 * @param {RTCPeerConnection} pc
 */
export async function received(pc) {
    let media = 0,
        reports = 0;
    for (const row of (await pc.getStats()).values()) {
        if (row.type === "inbound-rtp") media += row.packetsReceived;
        else if (row.type === "remote-inbound-rtp") reports += row.roundTripTimeMeasurements ?? 0;
    }
    return { media, reports };
}

/**
 * @param {RTCStatsReport} report
 * @returns {Count} of all that has come
 */
export function countOf(report) {
    const count = { packets: 0, lost: 0, roundTripMs: 0 };
    for (const row of report.values()) {
        if (row.type === "inbound-rtp") {
            count.packets += row.packetsReceived;
            count.lost += row.packetsLost;
        } else if (row.type === "candidate-pair" && row.nominated && row.state === "succeeded") {
            count.roundTripMs = 1000 * (row.currentRoundTripTime ?? 0);
        }
    }
    return count;
}

/**
 * 1 excellent to 5 nothing comes, as app/agent/quality.c judges it.
 * @param {Count} before
 * @param {Count} now
 * @param {boolean} silent
 */
export function judge(before, now, silent) {
    const limits = [
        [150, 0.01],
        [300, 0.03],
        [500, 0.08],
    ];
    const packets = now.packets - before.packets,
        lost = Math.max(now.lost - before.lost, 0);
    const loss = packets + lost > 0 ? lost / (packets + lost) : 0;
    const level = limits.findIndex(([roundTrip, most]) => now.roundTripMs < roundTrip && loss < most);
    return silent ? 5 : level < 0 ? 4 : level + 1;
}
