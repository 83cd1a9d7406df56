import { checkCausal, sizeOf } from "../compile/network.ts";
import { type Purpose, purposes } from "../compile/program.ts";
import type { KernelName } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import { type LossName, losses } from "../losses/index.ts";
import { Adam } from "../optimizers/adam.ts";
import { checkOptimizer, type Optimizer } from "../optimizers/optimizer.ts";
import { checkChoice, checkKeys, checkSize } from "../options.ts";
import type { Capacity } from "../plan/capacity.ts";
import { bufferOf, type Call, PHASES, type Phase } from "../plan/program.ts";
import type { Runtime } from "../run/runtime.ts";
import { table, thousands } from "./summary.ts";

export interface ExplainOptions {
	/** Sequences of the batch. Default 1. */
	readonly batchSize?: number | undefined;
	/** Steps of each sequence. Default 1. */
	readonly steps?: number | undefined;
	/** Which calls: `"predict"`; `"stream"`: one push; `"evaluate"`: outputs and loss; `"train"`: a whole step. Default
	 * `"predict"`, or with a loss `"train"`. */
	readonly purpose?: Purpose["kind"] | undefined;
	/** The loss of an evaluation or of a training step. Default `"crossEntropy"`. */
	readonly loss?: LossName | undefined;
	/** The optimizer of a training step. Default Adam. */
	readonly optimizer?: Optimizer | undefined;
}

/** One kernel call. */
export interface ExplainedCall {
	/** When it runs: `pack` puts weights into panels, `zero` sets gradients to zero, then `forward`, `backward`, `norm` (of the
	 * gradients) and `update`. */
	readonly phase: Phase;
	readonly layer: string;
	readonly kernel: KernelName;
	readonly equation: string;
	/** Sizes of its operands; N is the number of live steps of all sequences together, B that of sequences. */
	readonly shapes: string;
	/** Multiplications and additions. */
	readonly operations: number;
	/** Bytes of the buffers that it reads and writes, each as a whole. */
	readonly bytes: number;
	/** What its work could be cut along, or `whole` where it can't be. */
	readonly cut: string;
}

export interface Explanation {
	readonly calls: readonly ExplainedCall[];
	readonly operations: number;
	/** Bytes of the workspace, in which buffers that are never needed together share memory. */
	readonly workspaceBytes: number;
	/** The explanation as a table to print. */
	toString(): string;
}

/** The calls of a program on a batch of this size. */
export function explain(runtime: Runtime, options: ExplainOptions = {}): Explanation {
	const where = "Model.explain";
	checkKeys(where, options, ["batchSize", "steps", "purpose", "loss", "optimizer"]);
	const batchSize = checkSize(where, "batchSize", options.batchSize ?? 1);
	const steps = checkSize(where, "steps", options.steps ?? 1);
	const batch = { batchSize, steps, total: batchSize * steps };
	const purpose = purposeOf(where, options);
	if (purpose.kind === "stream") checkCausal(where, runtime.network);
	const { program, bytes, capacity } = runtime.plan(where, purpose, batch);
	const calls = PHASES.flatMap((phase) =>
		program.phases[phase].map((call) => explainCall(runtime, phase, call, capacity)),
	);
	const operations = calls.reduce((sum, call) => sum + call.operations, 0);
	return {
		calls,
		operations,
		workspaceBytes: bytes,
		toString: () => print(calls, operations, bytes),
	};
}

function purposeOf(where: string, options: ExplainOptions): Purpose {
	const { loss = "crossEntropy", optimizer: rule = new Adam() } = options;
	const kind = options.purpose ?? (options.loss === undefined ? "predict" : "train");
	checkChoice(where, "purpose", kind, purposes);
	checkChoice(where, "loss", loss, Object.keys(losses) as LossName[]);
	checkOptimizer(where, rule);
	const needless = Object.entries({ loss: options.loss, optimizer: options.optimizer }).find(
		([name, value]) => value !== undefined && kind !== "train" && (name === "optimizer" || kind !== "evaluate"),
	);
	if (needless !== undefined)
		throw new OptionError(`${where}: "${needless[0]}" has no part in "${kind}". Leave it out, or ask for "train".`);
	if (kind === "train") return { kind, loss, rule };
	return kind === "evaluate" ? { kind, loss } : { kind };
}

function explainCall({ layout, network }: Runtime, phase: Phase, call: Call, capacity: Capacity): ExplainedCall {
	const { layer, kernel, equation, cost, operands, cut } = call;
	const sizes = new Map(network.parameters.map(({ name, shape }) => [name, 4 * sizeOf(shape)]));
	const buffers = new Set(
		Object.values(operands)
			.map(bufferOf)
			.filter((buffer) => buffer !== undefined),
	);
	let bytes = 0;
	for (const { space, name, bytes: bytesOf } of buffers) {
		bytes += space === "parameters" || space === "gradients" ? (sizes.get(name) ?? layout.bytes) : bytesOf(capacity);
	}
	return {
		phase,
		layer,
		kernel,
		equation,
		shapes: cost.shapes,
		operations: cost.operations(capacity),
		bytes,
		cut: cut?.along ?? "whole",
	};
}

function print(calls: readonly ExplainedCall[], operations: number, bytes: number): string {
	const rows = calls.map((call) => [
		call.phase,
		call.layer,
		call.kernel,
		call.shapes,
		thousands(call.operations),
		thousands(call.bytes),
		call.cut,
		call.equation,
	]);
	const lines = table([["phase", "layer", "kernel", "shapes", "operations", "bytes", "cut", "equation"], ...rows]);
	return [...lines, `${thousands(operations)} operations; workspace ${thousands(bytes)} bytes`].join("\n");
}
