/** The Node.js that measures: this one where it runs the fast engine, else one that npm installs. */
const { newerNode } = (await import(
	new URL("../../scripts/newer-node.mjs", import.meta.url).href
)) as { newerNode(): string | undefined };

const newer = newerNode();
export const runsFast = newer !== undefined;
export const node = newer ?? process.execPath;
