// npm run bench -- [--quick] [--only step,stream] [--engine fast] [--cell lstm] [--shape 32x50x64x128]
// Measures each part for each engine in a fresh process, on a Node.js that runs the fast engine, and writes its figures to
// bench/results/ (those of a quick run to build/results/).
import { parseArgs } from "node:util";
import type { EngineName } from "bptt";
import { measure } from "./lib/measure.ts";
import { node, runsFast } from "./lib/node.ts";
import { saveResults } from "./lib/results.ts";
import { type CellName, cells, shapeFrom } from "./lib/shapes.ts";

const parts = [
	"ceiling",
	"step",
	"pure-js",
	"kernels",
	"stream",
	"startup",
	"denormals",
	"proportion",
	"memory",
	"limit",
];
/** Only when asked for by name, and not kept. */
const onRequest = ["profile"];

const { values } = parseArgs({
	options: {
		quick: { type: "boolean", default: false },
		only: { type: "string" },
		engine: { type: "string" },
		cell: { type: "string" },
		shape: { type: "string" },
	},
});

const chosen = values.only?.split(",") ?? parts;
for (const name of chosen) known("part", name, [...parts, ...onRequest]);
if (values.cell) known("cell", values.cell, cells);
if (values.engine) known("engine", values.engine, ["fast", "portable"]);

const able: EngineName[] = runsFast ? ["fast", "portable"] : ["portable"];
const engines = values.engine ? [values.engine as EngineName] : able;
const { quick } = values;
const narrow = {
	...(values.cell && { cell: values.cell as CellName }),
	...(values.shape && { shape: shapeFrom(values.shape) }),
};

for (const name of chosen) {
	console.log(`\n# ${name}`);
	const results: Record<string, unknown> = {};
	let version = "";
	for (const engine of engines) {
		const settings = { quick, engine, ...narrow };
		const measured = await measure(node, name, settings);
		results[engine] = measured.figures;
		version = measured.node;
	}
	const whole = !values.cell && !values.shape && !values.engine;
	if (whole && !onRequest.includes(name)) saveResults(name, version, results, quick);
}

function known(what: string, name: string, names: readonly string[]): void {
	if (!names.includes(name)) throw new Error(`No ${what} "${name}"; there are ${names.join(", ")}.`);
}
