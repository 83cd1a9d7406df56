import { execFileSync } from "node:child_process";

/** The Node.js that measures: this one where it runs the fast engine, else one that npm installs. */
const { newerNode } = (await import(new URL("../../scripts/newer-node.mjs", import.meta.url).href)) as {
	newerNode(): string | undefined;
};

const newer = newerNode();
export const runsFast = newer !== undefined;
export const node = newer ?? process.execPath;

/** As `process.version` of that Node.js. */
export function version(path: string): string {
	return execFileSync(path, ["--version"], { encoding: "utf8" }).trim();
}
