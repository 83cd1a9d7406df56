// npm run bench -- [--quick] [--only step,stream] [--engine fast] [--cell lstm] [--shape 32x50x64x128]
// Measures each part in a fresh process, on a Node.js that runs the fast engine, and writes bench/results/.
import { parseArgs } from "node:util";
import { measure } from "./lib/measure.ts";
import { node, runsFast } from "./lib/node.ts";
import type { Settings } from "./lib/part.ts";
import { saveResults } from "./lib/results.ts";
import { type CellName, cells, shapeFrom } from "./lib/shapes.ts";

const parts = ["profile"];
/** Parts that run only when asked for by name. */
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

const chosen =
	values.only?.split(",") ?? parts.filter((name) => !onRequest.includes(name));
for (const name of chosen)
	if (!parts.includes(name))
		throw new Error(`No part "${name}"; there are ${parts.join(", ")}.`);
if (values.cell !== undefined && !cells.includes(values.cell as CellName))
	throw new Error(`No cell "${values.cell}"; there are ${cells.join(", ")}.`);

const settings: Settings = {
	quick: values.quick,
	engines: values.engine
		? [values.engine as "fast"]
		: runsFast
			? ["fast", "portable"]
			: ["portable"],
	...(values.cell && { cell: values.cell as CellName }),
	...(values.shape && { shape: shapeFrom(values.shape) }),
};
for (const name of chosen) {
	console.log(`\n# ${name}`);
	saveResults(name, await measure(node, name, settings));
}
