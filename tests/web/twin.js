// The C engine's program (tests/support/call_twin.c), kept running: a line in, a line out, in order.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Twin {
    #child;
    #waiting = [];

    constructor(program) {
        this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
        createInterface({ input: this.#child.stdout }).on("line", line => this.#waiting.shift()(JSON.parse(line)));
        this.ended = new Promise(resolve => this.#child.on("exit", (code, signal) => resolve(code ?? signal)));
        this.ended.then(code => code === 0 || (console.error(`the C engine ended with ${code}`), process.exit(1)));
    }

    answer(input) {
        return new Promise(resolve => {
            this.#waiting.push(resolve);
            this.#child.stdin.write(`${JSON.stringify(input)}\n`);
        });
    }

    end() {
        this.#child.stdin.end();
        return this.ended;
    }
}
