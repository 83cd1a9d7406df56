// The other side of serve.ts and pytorch.py: one peer in a process of its own, asked for one sample after another.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Opened {
	/** Of the first five steps. */
	readonly losses: readonly number[];
	/** Milliseconds of the first step. */
	readonly first: number;
}

/** For the libraries beneath PyTorch, which do not ask PyTorch how many threads to use. */
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };

export class PeerProcess {
	readonly #child: ChildProcess;
	readonly #answers: AsyncIterator<string>;

	constructor(command: string, args: readonly string[]) {
		this.#child = spawn(command, args, {
			stdio: ["pipe", "pipe", "ignore"],
			env: { ...process.env, ...ONE_THREAD },
		});
		const input = this.#child.stdout as NodeJS.ReadableStream;
		this.#answers = createInterface({ input })[Symbol.asyncIterator]();
	}

	/** Its next line that is an answer; undefined if it ended without one. */
	async #answer<T>(): Promise<T | undefined> {
		for (;;) {
			const { value, done } = await this.#answers.next();
			if (done) return undefined;
			if (value.startsWith("{")) return JSON.parse(value) as T;
		}
	}

	opened(): Promise<Opened | undefined> {
		return this.#answer<Opened>();
	}

	/** Milliseconds of a step, over steps of at least so many milliseconds together. */
	async sample(milliseconds: number): Promise<number> {
		this.#child.stdin?.write(`${JSON.stringify({ milliseconds })}\n`);
		const answer = await this.#answer<{ milliseconds: number }>();
		if (answer === undefined) throw new Error("A peer ended early.");
		return answer.milliseconds;
	}

	end(): void {
		this.#child.stdin?.end();
		this.#child.kill();
	}
}

export function nodePeer(node: string, module: string, variant: string, file: string): PeerProcess {
	const serve = fileURLToPath(new URL("./serve.ts", import.meta.url));
	return new PeerProcess(node, ["--import", "tsx", serve, module, variant, file]);
}

/** A Python that has PyTorch, if there is one. */
export function findPython(): string | undefined {
	return ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", "import torch"]).status === 0);
}

export function pythonPeer(python: string, file: string): PeerProcess {
	const program = fileURLToPath(new URL("./pytorch.py", import.meta.url));
	return new PeerProcess(python, [program, file]);
}
