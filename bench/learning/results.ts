// What whole runs found, as files in bench/learning/results/: NAME.json, NAME.svg where there is a chart, and a
// page of all.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { svgOf } from "./chart.ts";
import type { Experiment, Outcome } from "./experiment.ts";
import { page, type Run } from "./page.ts";
import { experiments } from "./registry.ts";

const FOLDER = "bench/learning/results";

export function save(name: string, { title, paper }: Experiment, outcomes: readonly Outcome[]): void {
	write(`${name}.json`, `${JSON.stringify({ title, paper, outcomes }, null, "\t")}\n`);
	savePage();
}

/** Draws the charts of all that has been saved, and makes one page of it, in the order of the registry. */
export function savePage(): void {
	const runs = Object.entries(experiments).flatMap(([name, experimentOf]): Run[] => {
		const outcomes = outcomesOf(name);
		if (outcomes === undefined) return [];
		const experiment = experimentOf();
		return [{ name, experiment, outcomes, ...(experiment.chart && { svg: svgOf(experiment.chart(outcomes)) }) }];
	});
	for (const { name, svg } of runs) if (svg !== undefined) write(`${name}.svg`, svg);
	write("index.html", page(runs));
}

function outcomesOf(name: string): readonly Outcome[] | undefined {
	const path = `${FOLDER}/${name}.json`;
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).outcomes : undefined;
}

function write(file: string, text: string): void {
	writeFileSync(`${FOLDER}/${file}`, text);
}
