#!/usr/bin/env python3
"""The call's rules, model checked: call.pml with the rules of assets/web/call/rules.inc in it.

call_model.py TWIN [--runs N] [--seed S] [--calls A B] [--losses N] [--copies N] [--gone N]

  1. From every state of a call there is a way out: by the user, by time, or where the media are gone.
  2. The model is the engine: N random runs of it are played by two real engines (TWIN: tests/support/call_twin.c),
     which send the same messages and are in the same states after each step.
  3. spin tries everything that can happen between two users: never two calls, both ends agree, nobody is stuck, no
     honest message is a mismatch. What it finds is played by the engines, too."""
import argparse
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
RULES = HERE.parents[1] / "assets/web/call/rules.inc"
SKIPPED = 77
STATES = ["IDLE", "PREPARED", "CALLING", "CONNECTING", "CONNECTED", "FAILED"]
ROLES = ["NOBODY", "CALLER", "CALLEE"]
MESSAGES = ["", "INVITE", "CANCEL", "ACCEPT", "REJECT", "HANG_UP"]
ON_THE_WIRE = {"INVITE": "invite", "CANCEL": "cancel", "ACCEPT": "accept", "REJECT": "reject", "HANG_UP": "hangup"}
USERS = ["anna", "bert"]                # in the order that decides a glare
TIMEOUT_MS, LONG_MS = 1000, 24 * 3600 * 1000
MEMORY_MB = 3000


# ---- the rules

def read_rules():
    """Rows of (states, roles, input, next state, actions), each a name or a list of names; groups are taken apart."""
    text = re.sub(r"/\*.*?\*/", "", RULES.read_text(encoding="utf-8"), flags=re.DOTALL)
    groups = {name: words for name, words in re.findall(r"#define\s+(\w+)\s+\(([^)]*)\)", text)}

    def names(words):
        found = []
        for word in words.split("|"):
            word = word.strip()
            found += names(groups[word]) if word in groups else [word]
        return found
    return [(names(states), names(roles), what, then, [action for action in names(actions) if action != "NOTHING"])
            for states, roles, what, then, actions in
            re.findall(r"ROW\(([^,]*),([^,]*),\s*(\w+),\s*(\w+),([^,]*),", text)]


def first_that_fits(rules, state, role, what):
    return next((rule for rule in rules if rule[2] == what and state in rule[0] and role in rule[1]), None)


def ways_out(rules):
    """What is wrong with them."""
    wanted = {"CALLING": ["TIMEOUT"], "CONNECTING": ["TIMEOUT", "HANG_UP"], "CONNECTED": ["HANG_UP", "MEDIA_LOST"]}
    for state, inputs in wanted.items():
        for role in ("CALLER", "CALLEE"):
            for what in inputs:
                rule = first_that_fits(rules, state, role, what)
                if not rule or rule[3] != "PREPARED" or "END" not in rule[4]:
                    yield f"{what} does not end a call of a {role} who is {state}"


def inputs_of(rules):
    """Their names; the model's numbers begin with 1."""
    return list(dict.fromkeys(rule[2] for rule in rules))


def look_up(rules):
    """The table as an inline of Promela."""
    options, actions = [], sorted({action for rule in rules for action in rule[4]})
    taken = set()
    for states, roles, what, then, done in rules:
        fits = {(state, role) for state in states for role in roles} - {pair for name, pair in taken if name == what}
        taken |= {(what, pair) for pair in fits}
        mask = sum(1 << STATES.index(state) * 3 + ROLES.index(role) for state, role in fits)
        does = sum(1 << actions.index(action) for action in done)
        options.append(f"    :: input == I_{what} && (({mask} >> (state[u] * 3 + role[u])) & 1) -> "
                       f"found = 1; next_state = {then}; actions = {does}")
    constants = [f"#define DO_{action} {1 << i}" for i, action in enumerate(actions)]
    constants += [f"#define I_{what} {i + 1}" for i, what in enumerate(inputs_of(rules))]
    for names in STATES, ROLES, MESSAGES[1:]:
        constants += [f"#define {name} {i + (names[0] == 'INVITE')}" for i, name in enumerate(names)]
    return "\n".join([*constants, "#define SAME 99", "inline look_up()", "{", "    if", *options,
                      "    :: else", "    fi", "}", ""])


def generate(rules, options, folder):
    bounds = {"FIRST": options.calls[0], "SECOND": options.calls[1], "LOSSES": options.losses,
              "COPIES": options.copies, "GONE": options.gone}
    text = "".join(f"#define {name} {value}\n" for name, value in bounds.items())
    path = folder / "model.pml"
    path.write_text(text + look_up(rules) + (HERE / "call.pml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


# ---- what the model does

@dataclasses.dataclass
class Step:
    """One of the model's: what happened to a user, what it sent, and where it is then."""
    kind: str
    user: int
    words: list
    sent: list = dataclasses.field(default_factory=list)        # (what, number of the call, sequence)
    now: tuple = ()                                             # (state, role, number of the call)

    def __str__(self):
        what = self.words[0] if self.kind == "DOES" else \
            f"{MESSAGES[int(self.words[0])]} of call {self.words[1]} (sequence {self.words[2]})"
        sent = "".join(f", sends {name} of call {call}" for name, call, _ in self.sent)
        return f"{USERS[self.user]} {self.kind.lower()} {what}{sent}: {' '.join(self.now)}"


def steps_of(text, inputs):
    steps = []
    for line in text.splitlines():
        kind, *words = line.split() or [""]
        if kind in ("DOES", "TAKES", "LOSES", "OFFLINE"):
            steps.append(Step(kind, int(words[0]), [inputs[int(words[1]) - 1]] if kind == "DOES" else words[1:]))
        elif kind == "SENDS" and steps:
            steps[-1].sent.append((MESSAGES[int(words[0])], words[1], int(words[2])))
        elif kind == "NOW" and steps:
            steps[-1].now = STATES[int(words[0])].lower(), ROLES[int(words[1])].lower(), words[2]
    return [step for step in steps if step.now]


# ---- the engines

class Engines:
    """One for each user."""

    def __init__(self, twin):
        self.child = subprocess.Popen([twin], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.messages = {}              # (to whom, what, number of the call, sequence): as the engine made it
        self.calls = {"": "0"}          # the model's numbers
        self.now, self.deadline = 1_700_000_000_000, [None, None]
        for user in 0, 1:
            self.ask(user, op="create", user=USERS[user], party="anyone", timeout=TIMEOUT_MS, waitFirstFrame=True,
                     firstFrameTimeout=0, doNotDisturb=False)
            self.ask(user, op="prepare")

    def ask(self, engine, **words):
        self.now += 1
        self.child.stdin.write(json.dumps({"engine": engine, "now": self.now, **words}) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        self.deadline[engine] = answer.get("deadline")
        return answer

    def end(self):
        self.child.stdin.close()
        if self.child.wait(10) != 0:
            sys.exit("call_model: the engines did not end well")

    def input_of(self, step):
        other = USERS[1 - step.user]
        if step.kind == "DOES":
            what = step.words[0]
            return {"START": {"op": "start", "to": other, "video": True}, "TIMEOUT": {"op": "poll"},
                    "REMOTE_GONE": {"op": "device gone", "device": other + "/1"},
                    "REJECT": {"op": "reject", "reason": "local rejected"},
                    "HANG_UP": {"op": "hang up", "reason": "local hangup"}}.get(
                        what, {"op": what.lower().replace("_", " ")})
        what, call, sequence = MESSAGES[int(step.words[0])], step.words[1], int(step.words[2])
        if step.kind == "OFFLINE":
            name = next(name for name, number in self.calls.items() if number == call)
            return {"op": "delivered", "call": name, "sequence": sequence, "result": "offline", "devices": None}
        message = self.messages[(step.user, what, call, sequence)]
        return {"op": "receive", "from": other + "/1", "message": {**message, "lifetime": LONG_MS}}

    def play(self, step):
        """What the step came to: its messages and its state, as a Step's."""
        given = self.input_of(step)
        if given["op"] == "poll":
            self.now = max(self.now, self.deadline[step.user] or 0)
        answer = self.ask(step.user, **given)
        if given["op"] == "start":
            self.calls[answer["id"]] = step.now[2]
        sent = []
        for event in answer["out"]:
            if message := event.get("send"):
                message = message["message"]
                name = next(name for name, word in ON_THE_WIRE.items() if word == message["action"])
                sent.append((name, self.calls[message["call"]], message["seq"]))
                self.messages[(1 - step.user, *sent[-1])] = message
        role = "nobody" if answer["role"] == "none" else answer["role"]
        return sent, (answer["state"], role, self.calls[answer["id"]])


def play(steps, twin):
    """A run of the model, by the engines. What differs, or None."""
    engines = Engines(twin)
    for i, step in enumerate(steps):
        if step.kind == "LOSES":
            continue
        sent, now = engines.play(step)
        if sent != step.sent or now != step.now:
            story = "\n".join(f"  {step}" for step in steps[:i + 1])
            return f"the engine is elsewhere than its model after\n{story}\n  sent {sent}, and is {now}"
    engines.end()
    return None


# ---- spin

def run(*command, folder, **options):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False, **options)


def conform(model, inputs, options, folder):
    """Random runs of the model, by the engines."""
    steps = 0
    for seed in range(options.seed, options.seed + options.runs):
        said = run("spin", f"-n{seed}", "-u4000", model.name, folder=folder)
        found = steps_of(said.stdout, inputs)
        if not found:
            sys.exit(f"call_model: spin's run {seed} has no steps: {said.stdout[-500:]}{said.stderr[-500:]}")
        if difference := play(found, options.twin):
            sys.exit(f"call_model: seed {seed}: {difference}")
        steps += len(found)
    print(f"call_model: the engines did what the model did in {options.runs} runs, {steps} steps", flush=True)


def verify(model, inputs, options, folder):
    """Everything."""
    for command in (["spin", "-a", model.name],
                    ["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DNOFAIR", "-DVECTORSZ=2048",
                     f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"]):
        made = run(*command, folder=folder)
        if made.returncode:
            sys.exit(f"call_model: {' '.join(command)}: {made.stdout}{made.stderr}")
    said = run("./pan", "-m2000000", "-n", folder=folder).stdout
    trail = folder / f"{model.name}.trail"
    if trail.exists():
        found = steps_of(run("spin", "-t", model.name, folder=folder).stdout, inputs)
        reason = re.search(r"pan:\d+: (.*?)\n", said)
        print(f"call_model: {reason[1] if reason else 'an error'}, after", *(f"  {step}" for step in found), sep="\n")
        print(play(found, options.twin) or "the engines do the same")
        sys.exit(1)
    states = re.search(r"([\d.e+]+) states, stored", said)
    if not states or "Search not completed" in said or "max search depth too small" in said:
        sys.exit(f"call_model: spin did not try everything: {said[-1500:]}")
    print(f"call_model: nothing is wrong in any of {float(states[1]):.0f} states", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("twin")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls", type=int, nargs=2, default=[1, 1], metavar=("A", "B"), help="each may begin")
    parser.add_argument("--losses", type=int, default=0, metavar="N", help="messages that are lost, at most")
    parser.add_argument("--copies", type=int, default=0, metavar="N", help="messages that come twice, at most")
    parser.add_argument("--gone", type=int, default=0, metavar="N", help="devices of which the hub says so")
    options = parser.parse_args()
    options.twin = str(pathlib.Path(options.twin).resolve())
    if not shutil.which("spin"):
        print("skipped: there is no spin, which './run test' installs")
        sys.exit(SKIPPED)
    rules = read_rules()
    if wrong := list(ways_out(rules)):
        sys.exit("call_model: " + "; ".join(wrong))
    print(f"call_model: {len(rules)} rules; seeds from {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="callapi-model-") as name:
        folder = pathlib.Path(name)
        model = generate(rules, options, folder)
        conform(model, inputs_of(rules), options, folder)
        verify(model, inputs_of(rules), options, folder)


main()
