import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Settings } from "./part.ts";

/** What a measuring process reports of itself, and what it found. */
export interface Measured {
	readonly node: string;
	readonly figures: unknown;
}

/** Measures a part in a fresh process of the given Node.js. */
export function measure(node: string, part: string, settings: Settings): Promise<Measured> {
	const child: ChildProcess = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), {
		execPath: node,
		execArgv: ["--import", "tsx"],
	});
	child.send({ part, settings });
	return new Promise((resolve, reject) => {
		let measured: Measured | undefined;
		child.once("message", (message) => {
			measured = message as Measured;
		});
		child.once("exit", (code) => {
			if (measured) resolve(measured);
			else reject(new Error(`${part} ended with ${code} and no figures.`));
		});
	});
}
