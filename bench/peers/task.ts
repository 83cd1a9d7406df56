// What every peer is given, in a file that any language reads: sizes, initial weights, one batch.
import { readFileSync, writeFileSync } from "node:fs";
import { CLASSES, CLIP_NORM, LEARNING_RATE, type Shape } from "../lib/shapes.ts";
import { classes, type Task, taskOf, uniforms } from "../lib/task.ts";
import type { Sizes, Weights } from "./pure-js/lstm.ts";

export interface PeerTask {
	readonly sizes: Sizes;
	readonly weights: Weights;
	/** [batchSize, steps, inputSize]. */
	readonly inputs: Float32Array;
	readonly targets: Int32Array;
}

/** A training step of a peer: the loss before its update. */
export type PeerStep = () => number | Promise<number>;

/** A peer prepares a task and gives its step. */
export interface Peer {
	open(task: PeerTask, variant?: string): Promise<PeerStep>;
}

const NAMES = {
	weight_ih: "0.weight_ih",
	weight_hh: "0.weight_hh",
	bias: "0.bias",
	head: "2.weight",
	headBias: "2.bias",
} as const;

/** Draws the task of a shape and writes it. */
export async function writeTask(shape: Shape, file: string): Promise<void> {
	const { batchSize, steps, inputSize } = shape;
	const { model } = await taskOf("lstm", shape, "portable");
	const weights = Object.entries(initialWeights(model)).map(([key, values]) => [key, base64(values)]);
	const text = JSON.stringify({
		sizes: {
			...shape,
			classes: CLASSES,
			learningRate: LEARNING_RATE,
			clipNorm: CLIP_NORM,
		},
		weights: Object.fromEntries(weights),
		inputs: base64(uniforms(batchSize * steps * inputSize, 2)),
		targets: base64(classes(batchSize, 3)),
	});
	writeFileSync(file, text);
}

/** The weights of a task's model, as peers name them. */
export function initialWeights(model: Task["model"]): Weights {
	const all = Object.entries(NAMES).map(([key, name]) => [key, model.parameters.get(name)?.read()]);
	return Object.fromEntries(all);
}

export function readTask(file: string): PeerTask {
	const { sizes, weights, inputs, targets } = JSON.parse(readFileSync(file, "utf8"));
	const read = Object.keys(NAMES).map((key) => [key, floats(weights[key])]);
	return {
		sizes,
		weights: Object.fromEntries(read),
		inputs: floats(inputs),
		targets: new Int32Array(buffer(targets)),
	};
}

export { NAMES as parameterNames };

function base64(values: Float32Array | Int32Array): string {
	return Buffer.from(values.buffer).toString("base64");
}

function floats(text: string): Float32Array {
	return new Float32Array(buffer(text));
}

function buffer(text: string): ArrayBuffer {
	return new Uint8Array(Buffer.from(text, "base64")).buffer;
}
