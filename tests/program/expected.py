"""What has to follow in milestones.py. The seconds are limits of behaviour, not measures: they leave room for a busy
machine."""
from typing import NamedTuple

MILESTONES = ("ringing", "connecting", "connected")
UNHEARD = "unheard of"  # it never rang there
# Why a call is over, and what is told there; the other side's name is put in.
WORDS = {"remote gone": "{} is gone", "media lost": "The connection to {} was lost",
         "calling timeout": "No answer from {}", ("calling timeout", "anna"): "{} called",
         "remote timeout": "{} called"}
# What both sides say of a server that was killed, where they have to do with it.
MISSED = {"hub": "app: No connection: ", "broker": "app: No connection: "}
LOST_S = 30     # until nobody waits for a connection any longer (app/session/path.c)
LEISURE_S = 30  # of a busy machine


class Expected(NamedTuple):
    outcomes: list   # any of these, {who: why it is over there}; {}: it comes about and goes on
    within_s: float  # from the strike


def goes_on(within_s):
    return Expected([{}], within_s + LEISURE_S)


def ends(within_s, *outcomes):
    return Expected(list(outcomes), within_s + LEISURE_S)


def all_go_on(within_s):
    return [goes_on(within_s)] * len(MILESTONES)


def lost(who):
    """By the hub's word, or since nothing comes."""
    return ends(LOST_S, {who: "remote gone"}, {who: "media lost"})


# A server that is away stops no call; nor does who stands still for less than others wait. How: killed, or how many
# seconds. For each milestone an outcome.
BRIEFLY = {"1": all_go_on(1), "10": all_go_on(10)}
SERVER = {"killed": all_go_on(5), **BRIEFLY, "60": all_go_on(60)}
# It rings for 15 s; who stands still learns of the end when it wakes, as soon as it is logged in again.
VIEWER = {"killed": [lost("anna")] * 3, **BRIEFLY,
          "60": [ends(60, {"vera": "calling timeout", "anna": "calling timeout"}),
                 ends(60, {"vera": "calling timeout", "anna": "media lost"},
                      {"vera": "media lost", "anna": "media lost"}),
                 ends(60, {"vera": "media lost", "anna": "media lost"})]}
BROADCASTER = {"killed": [lost("vera")] * 3, **BRIEFLY,
               "60": [ends(60, {"vera": "calling timeout", "anna": "calling timeout"},
                           {"vera": "calling timeout", "anna": UNHEARD}),
                      ends(60, {"vera": "calling timeout", "anna": "calling timeout"},
                           {"vera": "calling timeout", "anna": "media lost"}),
                      ends(60, {"vera": "media lost", "anna": "media lost"})]}
EXPECTED = {
    "hub": SERVER,
    "broker": SERVER,
    "sfu": SERVER,
    # Without it there is no way: the call is over as without a network.
    "turn": {**SERVER, "60": [ends(LOST_S, {"vera": "calling timeout", "anna": "remote timeout"},
                                   {"vera": "calling timeout", "anna": "calling timeout"})] * 2
                             + [ends(LOST_S, {"vera": "media lost", "anna": "media lost"})]},
    "broadcaster": BROADCASTER,
    "viewer": VIEWER,
    "kiosk": VIEWER,
    "kiosk_called": BROADCASTER,
}
