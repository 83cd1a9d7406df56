import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Measured } from "./measure.ts";

const FOLDER = new URL("../results/", import.meta.url);

/** Writes a part's figures with where they come from to bench/results/. */
export function saveResults(part: string, { node, figures }: Measured): void {
	mkdirSync(FOLDER, { recursive: true });
	const commit = execFileSync("git", ["describe", "--always", "--dirty"], {
		encoding: "utf8",
	}).trim();
	const result = {
		part,
		date: new Date().toISOString().slice(0, 10),
		cpu: cpus()[0].model,
		node,
		build: commit,
		figures,
	};
	writeFileSync(
		new URL(`${part}.json`, FOLDER),
		`${JSON.stringify(result, undefined, "\t")}\n`,
	);
}
