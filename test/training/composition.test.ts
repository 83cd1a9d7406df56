// Are models of normalised, dropped, merged and added layers the textbook's: outputs, loss and every gradient?

import { describe, expect, it } from "vitest";
import { Model, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose } from "../kernels/compare.ts";
import { asBatch, layerOf } from "../models.ts";
import type { CellLayer, Inner, Layer } from "../reference/layers.ts";
import { type ModelGradients, modelGradients, modelOutputs } from "../reference/model.ts";
import { random } from "../reference/random.ts";

const FEATURES = 3;
const SEED = 2 ** 33 + 5;
const LENGTHS = [4, 1, 6, 6, 2];

const lstm = (hiddenSize: number): CellLayer => ({ type: "lstm", hiddenSize });
const gru = (hiddenSize: number): CellLayer => ({ type: "gru", hiddenSize, reset: "after" });
const rnn = (hiddenSize: number): CellLayer => ({ type: "rnn", hiddenSize, activation: "tanh" });
const both = (layer: CellLayer, merge?: "sum" | "average"): Inner => ({
	...{ type: "bidirectional", layer },
	...(merge && { merge }),
});
const dense = (outputSize: number): Inner => ({ type: "dense", outputSize });
const drop = (rate: number, shared?: "steps"): Inner => ({ type: "dropout", rate, ...(shared && { shared }) });
const acts = (activation: number, change: number): Inner => ({ type: "activationRegularization", activation, change });
const norm: Inner = { type: "layerNorm" };
const residual = (...layers: readonly Inner[]): Layer & Inner => ({ type: "residual", layers });
const last: Layer = { type: "lastStep" };

const stacks: Readonly<Record<string, readonly Layer[]>> = {
	"layerNorm first": [norm, lstm(5), dense(2)],
	"layerNorm between cells, at each step": [lstm(5), norm, gru(6), norm, dense(2)],
	"layerNorm before and after lastStep": [gru(7), norm, last, norm, dense(2)],
	"layerNorm of two directions, each at its own last step": [both(gru(3)), norm, last, dense(2)],
	"sum of two directions": [both(lstm(5), "sum"), dense(2)],
	"sum of two directions, each at its own last step": [both(lstm(5), "sum"), last, dense(2)],
	"average of two directions": [both(gru(5), "average"), both(rnn(3), "average"), dense(2)],
	"average of two directions, each at its own last step": [rnn(4), both(rnn(5), "average"), last, dense(2)],
	"layerNorm of a sum, at the last step": [both(rnn(5), "sum"), norm, last, dense(2)],
	"dropout first": [drop(0.3), lstm(5), dense(2)],
	"dropout between layers, at each step": [lstm(9), drop(0.5), gru(6), drop(0.2), dense(2)],
	"dropout that steps share, before and after lastStep": [
		gru(9),
		drop(0.5, "steps"),
		last,
		drop(0.3, "steps"),
		dense(2),
	],
	"dropout of two directions, each at its own last step": [both(gru(5)), drop(0.4), last, dense(2)],
	"dropout in residuals": [dense(5), residual(norm, lstm(5), drop(0.4)), residual(drop(0.3), dense(5)), dense(2)],
	"penalties around the dropout of the last cell": [lstm(7), gru(6), acts(0, 1), drop(0.4), acts(2, 0), dense(2)],
	"penalties on every layer, the outputs included": [dense(5), acts(2, 1), lstm(6), acts(1, 3), dense(2), acts(1, 1)],
	"penalties before and after lastStep": [gru(7), acts(1, 2), last, acts(3, 0), dense(2)],
	"penalties on two directions, each at its own last step": [both(gru(3)), acts(2, 1), last, dense(2)],
	"penalties on a sum, of which lastStep takes the ends": [both(lstm(5), "sum"), acts(2, 1), last, dense(2)],
	"penalties in residuals and on what goes around them": [
		...[dense(5), acts(1, 1), residual(acts(1, 2), norm, lstm(5), acts(2, 1)), residual(dense(5), acts(0, 1))],
		...[acts(1, 1), dense(2)],
	],
	"residual first": [residual(lstm(FEATURES)), dense(2)],
	"residual first, of layers that change the size": [residual(norm, gru(6), dense(FEATURES)), dense(2)],
	"residuals in a row, at the last step": [dense(5), residual(norm, lstm(5)), residual(gru(5)), norm, last, dense(2)],
	"a residual in a residual": [lstm(6), residual(residual(norm, rnn(6)), residual(dense(6)), gru(6)), dense(2)],
	"residual of one row a sequence": [gru(5), last, residual(norm, dense(5)), dense(2)],
	"residual of two directions": [dense(6), residual(both(lstm(3))), dense(2)],
	"residual of two directions, each at its own last step": [dense(6), residual(norm, both(lstm(3))), last, dense(2)],
	"residual of two directions after two": [both(gru(3)), residual(both(lstm(3))), norm, last, dense(2)],
	"residual of a sum, after an average": [both(gru(5), "average"), residual(both(rnn(5), "sum")), last, dense(2)],
	"residuals of sums, in a row": [rnn(4), residual(both(gru(4), "sum")), residual(norm, lstm(4)), last, dense(2)],
	"a reader of the last step and every step": [
		dense(4),
		residual(lstm(4), residual(both(gru(4), "average"))),
		last,
		dense(2),
	],
};

/** A batch, a model and the textbook's model, with the same random parameters. */
async function prepare(layers: readonly Layer[], engine: "portable" | "fast") {
	const draw = random(layers.length);
	const list = <T>(length: number, entry: () => T) => Array.from({ length }, entry);
	const vector = (size: number) => list(size, () => Math.fround(draw()));
	const isLast = layers.some(({ type }) => type === "lastStep");
	const rows = <T>(entry: () => T) => LENGTHS.map((length) => (isLast ? entry() : list(length, entry)));
	const batch = {
		inputs: LENGTHS.map((length) => list(length, () => vector(FEATURES))),
		targets: rows(() => vector(2)) as number[][],
	};
	const described = layers.map((layer, index) => layerOf(layer, index === 0 ? FEATURES : undefined));
	const model = (await Model.create(described, { engine })) as Model;
	const parameters = new Map<string, Float64Array>();
	for (const [name, parameter] of model.parameters) {
		parameter.write(vector(parameter.size));
		parameters.set(name, Float64Array.from(parameter.read()));
	}
	const textbook: ModelGradients = modelGradients(layers, parameters, batch, "meanSquaredError", {
		seed: SEED,
		update: 1,
	});
	return { model, batch, textbook, outputs: modelOutputs(layers, parameters, batch.inputs) };
}

describe.each(engines)("%s", (engine) => {
	it.each(Object.keys(stacks))("%s", async (name) => {
		const { model, batch, textbook, outputs } = await prepare(stacks[name] as readonly Layer[], engine);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD(), seed: SEED });
		const { loss, gradients } = trainer.gradients(asBatch(batch));
		expectClose([loss], [textbook.loss], "loss");
		expect([...gradients.keys()]).toEqual([...textbook.gradients.keys()]);
		for (const [parameter, gradient] of textbook.gradients)
			expectClose(gradients.get(parameter) ?? [], gradient, `d${parameter}`, 0.1);
		for (const [row, { values }] of outputs.entries()) {
			const inputs = [batch.inputs[row]];
			expectClose(model.predict(asBatch({ inputs })).outputs, values, `outputs of row ${row}`, 0.1);
		}
	});
});
