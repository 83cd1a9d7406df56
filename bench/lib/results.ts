import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Figures of a part for each engine, with where they come from. */
export interface Results {
	readonly part: string;
	readonly date: string;
	readonly cpu: string;
	readonly node: string;
	/** The commit that was built; `-dirty` if anything but results has changed since. */
	readonly build: string;
	readonly figures: Readonly<Record<string, unknown>>;
}

/** Writes them to bench/results/, or, of a quick run, to build/results/. */
export function saveResults(part: string, node: string, figures: Results["figures"], quick: boolean): void {
	const folder = quick ? "build/results" : "bench/results";
	mkdirSync(folder, { recursive: true });
	const results: Results = {
		part,
		date: new Date().toISOString().slice(0, 10),
		cpu: `${cpus()[0].model}, ${cpus().length} cores`,
		node,
		build: buildName(),
		figures,
	};
	writeFileSync(`${folder}/${part}.json`, `${JSON.stringify(results, undefined, "\t")}\n`);
}

function buildName(): string {
	const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
	const changed = git("status", "--porcelain", ".", ":!bench/results");
	return git("describe", "--always") + (changed ? "-dirty" : "");
}
