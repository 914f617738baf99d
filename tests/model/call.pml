/* Two users with a device each, and a network that delivers their messages in any order: the call's rules, which
 * call_model.py takes from assets/web/call/rules.inc, and around them by hand what engine/call does about the rules
 * (receive.c, step.c, call.c). Here a message never expires, and a time-out may come at any time: more happens than
 * can. That the hand's part is the engine's is what call_model.py tries.
 *
 * FIRST and SECOND: how many calls each user may begin; LOSSES and COPIES: of messages; GONE: how often the hub says
 * that the other side's device is gone, wrongly. */

#define IDS (FIRST + SECOND)
#define SLOTS 6 /* of messages under way to one user */

/* What a message says of why, as far as it changes what it means. */
#define PLAIN 0
#define OUT_OF_TIME 1
#define ELSEWHERE 2

typedef Message { byte what, id, sequence, at, why }; /* what: 0: a free slot */
typedef Past { byte role, sent, seen, why; bit known };

byte state[2], role[2], id[2], sent[2], seen[2], invited_by[2], accepted_by[2], accepted_at[2], remote_at[2];
bit answered[2], early[2];
byte began[2], time[2]; /* calls, and messages of their own: what "sent at" says */
Past past[2 * (IDS + 1)];
Message net[2 * SLOTS];
byte losses, copies, gone;

/* Of what is being handled. */
byte u, input, next_input, slot, i;
byte next_state, old_id, old_role, old_sent, old_seen, why;
int actions;
bit found;
Message m;

#define OTHER (1 - u)
#define PAST(user, call) past[(user) * (IDS + 1) + (call)]
#define DOES(what) (actions & DO_##what)
#define ANSWERED(user) (state[user] == CONNECTING || state[user] == CONNECTED)
#define FREE(user) (role[user] == NOBODY)

inline copy(from_, to_)
{
    net[to_].what = net[from_].what;
    net[to_].id = net[from_].id;
    net[to_].sequence = net[from_].sequence;
    net[to_].at = net[from_].at;
    net[to_].why = net[from_].why
}

/* In the order of calls and sequences: the order of sending is no part of the state. */
inline put(to, what_, id_, sequence_, at_, why_)
{
    slot = (to) * SLOTS;
    do
    :: net[slot].what == 0 -> break
    :: else -> slot++; assert(slot < ((to) + 1) * SLOTS)
    od;
    do
    :: slot > (to) * SLOTS ->
        if
        :: net[slot - 1].id > id_ || (net[slot - 1].id == id_ && net[slot - 1].sequence > sequence_) ->
            copy(slot - 1, slot); slot--
        :: else -> break
        fi
    :: else -> break
    od;
    net[slot].what = what_;
    net[slot].id = id_;
    net[slot].sequence = sequence_;
    net[slot].at = at_;
    net[slot].why = why_;
    slot = 0
}

inline send(what_, id_, sequence_, why_)
{
    time[u]++;
    printf("SENDS %d %d %d\n", what_, id_, sequence_);
    put(OTHER, what_, id_, sequence_, time[u], why_)
}

inline take(at_)
{
    m.what = net[at_].what;
    m.id = net[at_].id;
    m.sequence = net[at_].sequence;
    m.at = net[at_].at;
    m.why = net[at_].why;
    slot = at_;
    do
    :: slot % SLOTS == SLOTS - 1 -> break
    :: else -> if :: net[slot + 1].what == 0 -> break :: else -> copy(slot + 1, slot); slot++ fi
    od;
    net[slot].what = 0;
    net[slot].id = 0;
    net[slot].sequence = 0;
    net[slot].at = 0;
    net[slot].why = 0;
    slot = 0
}

inline remember(call, role_, sent_, seen_, why_)
{
    PAST(u, call).known = 1;
    PAST(u, call).role = role_;
    PAST(u, call).sent = sent_;
    PAST(u, call).seen = seen_;
    PAST(u, call).why = why_
}

/* ---- step.c ---- */

inline clear()
{
    role[u] = NOBODY; id[u] = 0; sent[u] = 0; seen[u] = 0; invited_by[u] = 0; accepted_by[u] = 0; accepted_at[u] = 0;
    remote_at[u] = 0; answered[u] = 0; early[u] = 0
}

inline begin()
{
    clear();
    if
    :: input == I_START -> role[u] = CALLER; id[u] = u * FIRST + began[u]
    :: else -> role[u] = CALLEE; id[u] = m.id; seen[u] = m.sequence; remote_at[u] = m.at
    fi
}

inline store()
{
    if :: next_state != SAME -> state[u] = next_state :: else fi;
    if
    :: DOES(END) -> old_id = id[u]; old_role = role[u]; old_sent = sent[u]; old_seen = seen[u]; clear()
    :: else
    fi;
    if :: DOES(BEGIN) -> begin() :: else fi;
    if :: DOES(ADOPT) || DOES(SEND_ACCEPT) -> answered[u] = 1 :: else fi;
    if :: DOES(NOTE_FRAME) -> early[u] = 1 :: else fi;
    if :: DOES(REFUSE) || input == I_GLARE_WON -> remember(m.id, CALLEE, 1, m.sequence, PLAIN) :: else fi
}

inline send_of_old(what_, why_)
{
    old_sent++;
    send(what_, old_id, old_sent, why_)
}

inline send_of_this(what_, why_)
{
    sent[u]++;
    send(what_, id[u], sent[u], why_)
}

inline act()
{
    why = (input == I_TIMEOUT -> OUT_OF_TIME : PLAIN);
    if :: DOES(SEND_CANCEL) -> send_of_old(CANCEL, why) :: else fi;
    if :: DOES(SEND_REJECT) -> send_of_old(REJECT, why) :: else fi;
    if :: DOES(SEND_HANG_UP) -> send_of_old(HANG_UP, why) :: else fi;
    if :: DOES(WITHDRAW) -> send_of_old(CANCEL, PLAIN) :: else fi;
    if :: DOES(END) -> remember(old_id, old_role, old_sent, old_seen, why) :: else fi;
    if :: DOES(SEND_INVITE) -> invited_by[u] = sent[u] + 1; send_of_this(INVITE, PLAIN) :: else fi;
    if
    :: DOES(SEND_ACCEPT) -> accepted_by[u] = sent[u] + 1; accepted_at[u] = time[u] + 1; send_of_this(ACCEPT, PLAIN)
    :: else
    fi;
    if :: DOES(SEND_ELSEWHERE) -> send_of_this(CANCEL, ELSEWHERE) :: else fi;
    if :: DOES(REFUSE) -> send(REJECT, m.id, 1, PLAIN) :: else fi
}

/* What follows at once: receive.c, and call_connect_if_ready. */
inline follow()
{
    next_input = 0;
    if
    :: input == I_REMOTE_RECALL -> next_input = I_REMOTE_INVITE
    :: input == I_GLARE_LOST -> next_input = I_ACCEPT
    :: (input == I_REMOTE_ACCEPT || input == I_ACCEPT) && early[u] -> next_input = I_FIRST_FRAME
    :: else
    fi;
    input = next_input
}

inline step()
{
    do
    :: input == 0 -> break
    :: else ->
        look_up();
        /* Whatever the order, honest peers never say what cannot be. */
        assert(found);
        store();
        act();
        follow();
        old_id = 0; old_role = 0; old_sent = 0; old_seen = 0; why = 0; actions = 0; next_state = 0; found = 0
    od
}

/* ---- receive.c ---- */

inline judge_answer()
{
    if
    :: m.what == ACCEPT -> input = I_REMOTE_ACCEPT
    :: m.what == CANCEL && m.why == ELSEWHERE -> input = (answered[u] -> 0 : I_ELSEWHERE)
    :: else ->
        if
        :: m.why == OUT_OF_TIME -> input = I_REMOTE_TIMEOUT
        :: else ->
            input = (m.what == REJECT -> I_REMOTE_REJECT : (m.what == CANCEL -> I_REMOTE_CANCEL : I_REMOTE_HANG_UP))
        fi
    fi
}

inline receive_of_this_call()
{
    if
    :: m.what == INVITE ->
        if
        :: role[u] == CALLEE && answered[u] ->
            printf("SENDS %d %d %d\n", ACCEPT, id[u], accepted_by[u]);
            put(OTHER, ACCEPT, id[u], accepted_by[u], accepted_at[u], PLAIN)
        :: else
        fi
    :: m.what != INVITE && m.sequence > seen[u] ->
        seen[u] = m.sequence;
        remote_at[u] = (m.at > remote_at[u] -> m.at : remote_at[u]);
        judge_answer()
    :: else
    fi
}

inline receive_invite()
{
    if
    :: PAST(u, m.id).known || (remote_at[u] != 0 && m.at <= remote_at[u]) /* over, or stale */
    :: else ->
        if
        :: FREE(u) -> input = I_REMOTE_INVITE
        :: !FREE(u) && state[u] == CALLING && role[u] == CALLER -> input = (u == 0 -> I_GLARE_WON : I_GLARE_LOST)
        :: else -> input = I_REMOTE_RECALL
        fi
    fi
}

inline receive_of_other_call()
{
    if
    :: PAST(u, m.id).known && m.what == ACCEPT ->
        if
        :: PAST(u, m.id).role == CALLER ->
            PAST(u, m.id).sent++;
            send(CANCEL, m.id, PAST(u, m.id).sent, PAST(u, m.id).why)
        :: else
        fi
    :: PAST(u, m.id).known && m.what != ACCEPT ->
        PAST(u, m.id).seen = (m.sequence > PAST(u, m.id).seen -> m.sequence : PAST(u, m.id).seen)
    :: !PAST(u, m.id).known && (m.what == CANCEL || m.what == HANG_UP) ->
        remember(m.id, CALLEE, 0, m.sequence, PLAIN)
    :: else
    fi
}

inline receive()
{
    if
    :: !FREE(u) && m.id == id[u] -> receive_of_this_call()
    :: else ->
        if
        :: m.what == INVITE -> receive_invite()
        :: else -> receive_of_other_call()
        fi
    fi
}

/* ---- what must hold ---- */

inline check()
{
    /* Never two calls. */
    assert(!(state[0] == CONNECTED && state[1] == CONNECTED && id[0] != id[1]));
    assert(FREE(0) == (state[0] == PREPARED) && FREE(1) == (state[1] == PREPARED));
    assert(FREE(0) || FREE(1) || id[0] != id[1] || role[0] != role[1]);
    /* Nothing is under way any more: both ends agree, where nothing was lost. */
    found = 1;
    i = 0;
    do
    :: i == 2 * SLOTS -> break
    :: else -> found = found && net[i].what == 0; i++
    od;
    i = 0;
    if
    :: found && losses == 0 && gone == 0 ->
        assert(id[0] == id[1] || (!ANSWERED(0) && !ANSWERED(1)));
        assert(id[0] == id[1] || role[0] != CALLEE && role[1] != CALLEE)
    :: else
    fi;
    found = 0
}

/* ---- what can happen ---- */

#define OPERATION 0
#define ARRIVES 1
#define ARRIVES_TWICE 2
#define IS_LOST 3
#define FINDS_NOBODY 4 /* and the sender hears that */

byte kind, from;

#define DO(user, input_) u = user; input = input_
#define RINGS(user) (state[user] == CALLING)
#define WAITS(user) (state[user] == CALLING || state[user] == CONNECTING)

/* What a user does, or time. */
#define OPERATIONS(user, most) \
    :: state[user] == PREPARED && began[user] < most -> began[user]++; DO(user, I_START) \
    :: RINGS(user) && role[user] == CALLER -> DO(user, I_CANCEL) \
    :: RINGS(user) && role[user] == CALLEE -> DO(user, I_ACCEPT) \
    :: RINGS(user) && role[user] == CALLEE -> DO(user, I_REJECT) \
    :: ANSWERED(user) -> DO(user, I_HANG_UP) \
    :: WAITS(user) -> DO(user, I_TIMEOUT) \
    :: WAITS(user) && id[0] == id[1] && !(RINGS(user) && early[user]) -> DO(user, I_FIRST_FRAME) \
    :: state[user] == CONNECTED && id[0] != id[1] -> DO(user, I_MEDIA_LOST) \
    :: RINGS(user) && gone < GONE -> gone++; DO(user, I_REMOTE_GONE)

#define MESSAGE(slot) :: net[slot].what != 0 -> kind = ARRIVES; from = slot

inline arrive()
{
    u = from / SLOTS;
    take(from);
    if :: kind == ARRIVES_TWICE -> put(u, m.what, m.id, m.sequence, m.at, m.why) :: else fi;
    printf("TAKES %d %d %d %d\n", u, m.what, m.id, m.sequence);
    receive()
}

inline lose()
{
    u = 1 - from / SLOTS;
    take(from);
    if
    :: kind == FINDS_NOBODY ->
        printf("OFFLINE %d %d %d %d\n", u, m.what, m.id, m.sequence);
        input = (RINGS(u) && role[u] == CALLER && id[u] == m.id && invited_by[u] == m.sequence -> I_OFFLINE : 0)
    :: else -> printf("LOSES %d %d %d %d\n", u, m.what, m.id, m.sequence)
    fi
}

active proctype world()
{
    d_step { state[0] = PREPARED; state[1] = PREPARED }
end:
    do
    :: atomic {
        if
        OPERATIONS(0, FIRST)
        OPERATIONS(1, SECOND)
        MESSAGE(0) MESSAGE(1) MESSAGE(2) MESSAGE(3) MESSAGE(4) MESSAGE(5) /* 2 * SLOTS */
        MESSAGE(6) MESSAGE(7) MESSAGE(8) MESSAGE(9) MESSAGE(10) MESSAGE(11)
        fi;
        if
        :: true
        :: kind == ARRIVES && copies < COPIES -> copies++; kind = ARRIVES_TWICE
        :: kind == ARRIVES && losses < LOSSES -> losses++; kind = IS_LOST
        :: kind == ARRIVES && losses < LOSSES && net[from].what == INVITE -> losses++; kind = FINDS_NOBODY
        fi;
        d_step {
            if
            :: kind == OPERATION -> printf("DOES %d %d\n", u, input)
            :: kind == ARRIVES || kind == ARRIVES_TWICE -> arrive()
            :: else -> lose()
            fi;
            step();
            check();
            printf("NOW %d %d %d\n", state[u], role[u], id[u]);
            m.what = 0; m.id = 0; m.sequence = 0; m.at = 0; m.why = 0; u = 0; kind = 0; from = 0
        }
    }
    od
}
