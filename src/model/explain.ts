import { type Cut, type KernelName, kernelCuts } from "../engine/kernels.ts";
import { type LossName, losses } from "../losses/index.ts";
import { checkChoice, checkKeys, checkSize } from "../options.ts";
import { type Buffer, type Call, type Capacity, isBuffer, type Operand } from "../plan/program.ts";
import type { Runtime } from "../run/runtime.ts";
import { table, thousands } from "./summary.ts";

export interface ExplainOptions {
	/** Default 1. */
	readonly batchSize?: number | undefined;
	/** Default 1. */
	readonly steps?: number | undefined;
	/** With a loss: forward, loss and backward of a training step. Default: what `predict` does. */
	readonly loss?: LossName | undefined;
}

/** One kernel call. */
export interface ExplainedCall {
	readonly layer: string;
	readonly kernel: KernelName;
	readonly equation: string;
	/** Sizes of its operands; N: live steps of all rows together, B: rows. */
	readonly shapes: string;
	/** Multiplications and additions. */
	readonly operations: number;
	/** Size of the buffers it reads and writes. */
	readonly bytes: number;
	/** The axis along which threads could share it. */
	readonly cut: Cut;
}

export interface Explanation {
	readonly calls: readonly ExplainedCall[];
	readonly operations: number;
	/** Memory of the whole program, buffers that are never needed together sharing theirs. */
	readonly workspaceBytes: number;
	/** As a table. */
	toString(): string;
}

/** The calls of a program on a batch of this size. */
export function explain(runtime: Runtime, options: ExplainOptions = {}): Explanation {
	const where = "Model.explain";
	checkKeys(where, options, ["batchSize", "steps", "loss"]);
	const batchSize = checkSize(where, "batchSize", options.batchSize ?? 1);
	const steps = checkSize(where, "steps", options.steps ?? 1);
	const batch = { batchSize, steps, total: batchSize * steps };
	const { loss } = options;
	if (loss !== undefined) checkChoice(where, "loss", loss, Object.keys(losses) as LossName[]);
	const { program, bytes } = runtime.plan(loss === undefined ? { kind: "predict" } : { kind: "train", loss }, batch);
	const calls = program.calls.map((call) => explainCall(runtime, call, batch));
	const operations = calls.reduce((sum, call) => sum + call.operations, 0);
	return {
		calls,
		operations,
		workspaceBytes: bytes,
		toString: () => print(calls, operations, bytes),
	};
}

function explainCall({ layout, network }: Runtime, call: Call, capacity: Capacity): ExplainedCall {
	const { layer, kernel, equation, cost, operands } = call;
	const sizes = new Map(network.parameters.map(({ name, shape }) => [name, 4 * shape.reduce((a, b) => a * b, 1)]));
	const buffers = new Set(operands.map(bufferOf).filter((buffer) => buffer !== undefined));
	let bytes = 0;
	for (const { space, name, bytes: sizeOf } of buffers) {
		bytes += space === "parameters" || space === "gradients" ? (sizes.get(name) ?? layout.bytes) : sizeOf(capacity);
	}
	return {
		layer,
		kernel,
		equation,
		shapes: cost.shapes,
		operations: cost.operations(capacity),
		bytes,
		cut: kernelCuts[kernel],
	};
}

function bufferOf(operand: Operand): Buffer | undefined {
	if (typeof operand === "number") return undefined;
	return isBuffer(operand) ? operand : operand.buffer;
}

function print(calls: readonly ExplainedCall[], operations: number, bytes: number): string {
	const rows = calls.map((call) => [
		call.layer,
		call.kernel,
		call.shapes,
		thousands(call.operations),
		thousands(call.bytes),
		call.cut,
		call.equation,
	]);
	const lines = table([["layer", "kernel", "shapes", "operations", "bytes", "cut", "equation"], ...rows]);
	return [...lines, `${thousands(operations)} operations; workspace ${thousands(bytes)} bytes`].join("\n");
}
