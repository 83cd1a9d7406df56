import { type LossName, losses } from "../losses/index.ts";
import { Builder } from "../plan/builder.ts";
import { rowsOf, valuesCost } from "../plan/cost.ts";
import { at, type Program, strideOf, type Value } from "../plan/program.ts";
import type { Network } from "./network.ts";

/** What a program is for: outputs; outputs of one step after another, the states carried on; a loss; a loss and its
 * gradient. */
export type Purpose = OutputPurpose | LossPurpose;

interface OutputPurpose {
	readonly kind: "predict" | "stream";
}

interface LossPurpose {
	readonly kind: "evaluate" | "train";
	readonly loss: LossName;
}

/** Writes the program of a network: each layer its part forward, the loss, each layer its part backward. */
export function writeProgram(network: Network, purpose: Purpose): Program {
	const builder = new Builder();
	const { kind, size } = network.input;
	const stride = kind === "ids" ? 4 : strideOf(size);
	const inputs = builder.rows("inputs", "steps", stride);
	let value: Value = builder.give({
		axis: "steps",
		size,
		stride,
		address: at(inputs),
		parts: [{ size, reverse: false }],
	});
	for (const [index, { layer, type, label }] of network.layers.entries()) {
		const x = value;
		value = builder.within(label, `${index}.`, () => type.program(layer, builder, x));
	}
	const parts = {
		inputs,
		inputStride: stride,
		...(kind === "values" && {
			given: builder.rows("given", "steps", 4 * size),
		}),
		output: value,
	};
	if ("loss" in purpose) {
		return builder.program({ ...parts, ...writeLoss(builder, value, purpose) });
	}
	if (purpose.kind === "stream") builder.carryStates();
	return builder.program(parts);
}

function writeLoss(builder: Builder, y: Value, { kind, loss }: LossPurpose) {
	const { axis, stride } = y;
	const targetBytes = losses[loss].targets === "ids" ? 4 : stride;
	const targets = builder.work("targets", (capacity) => targetBytes * rowsOf(axis, capacity));
	const weights = builder.work("weights", (capacity) => 4 * rowsOf(axis, capacity));
	const result = builder.work("result", () => 16);
	const isTraining = kind === "train";
	builder.within("loss", "", () => {
		const outputs = isTraining && y.isKept ? copyOf(builder, y) : y;
		losses[loss].program(builder, outputs, { targets, weights, result });
		if (isTraining) builder.setGradient(y, outputs.address);
	});
	if (isTraining) {
		builder.backward();
	}
	return { targets, weights, result };
}

/** The loss writes the gradient of its outputs over them. */
function copyOf(builder: Builder, y: Value): Value {
	const { axis, size, stride } = y;
	const copy = builder.value("outputs", axis, size, y.parts);
	const padding = stride / 4 - size;
	builder.call(
		"copyColumns",
		[builder.sequence(axis), y.address, stride, size, copy.address, stride, padding],
		"a copy for the loss to write over",
		valuesCost(axis, size),
	);
	return copy;
}
