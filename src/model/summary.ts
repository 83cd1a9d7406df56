import { type Network, sizeOf } from "../compile/network.ts";
import type { ConnectedLayer } from "../layers/layer.ts";
import type { Runtime } from "../run/runtime.ts";

/** A table of layers, what each gives, and how many parameters it has. */
export function summary(runtime: Runtime): string {
	const { network } = runtime;
	const lines = table([["layer", "output", "parameters"], ...rowsOf(network.layers)]);
	return [...lines, facts(runtime)].join("\n");
}

/** A row for each layer; those that a layer is made of follow it, indented, and its parameters are all of theirs. */
function rowsOf(layers: readonly ConnectedLayer[], indent = "", path = ""): string[][] {
	return layers.flatMap((layer, index) => [
		[`${indent}${path}${layer.label}`, shapeOf(layer), thousands(parametersOf(layer))],
		...rowsOf(layer.inner ?? [], `${indent}  `, `${path}${index}.`),
	]);
}

/** A model in one line, for `console.log`: `Model (0.lstm → 1.dense; 91 parameters; engine portable; takes 2 features a step)`. */
export function brief(runtime: Runtime): string {
	const labels = runtime.network.layers.map(({ label }) => label);
	return `Model (${labels.join(" → ")}; ${facts(runtime)})`;
}

function facts({ network, engine }: Runtime): string {
	const total = network.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
	return `${thousands(total)} parameters; engine ${engine.name}; takes ${inputOf(network)}`;
}

/** Columns aligned: words to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
	const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
	return rows.map((row) =>
		row
			.map((cell, column) => (/^[\d.,]+$/.test(cell) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
			.join("  ")
			.trimEnd(),
	);
}

/** A count with commas between thousands. */
export function thousands(count: number): string {
	return count.toLocaleString("en-US");
}

function shapeOf({ output }: ConnectedLayer): string {
	return output.perStep ? `[batch, steps, ${output.size}]` : `[batch, ${output.size}]`;
}

function parametersOf({ parameters }: ConnectedLayer): number {
	return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function inputOf({ input }: Network): string {
	return input.kind === "ids" ? `ids 0 to ${input.size - 1}` : `${input.size} features a step`;
}
