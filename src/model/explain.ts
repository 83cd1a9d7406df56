import { checkCausal, sizeOf } from "../compile/network.ts";
import { type Purpose, purposes } from "../compile/program.ts";
import type { KernelName } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import { type AnyLoss, lossOf } from "../losses/index.ts";
import { checkOutputs } from "../losses/loss.ts";
import { Adam } from "../optimizers/adam.ts";
import { checkOptimizer, type Optimizer } from "../optimizers/optimizer.ts";
import { checkChoice, checkKeys, checkMemoryLimit, checkSize } from "../options.ts";
import type { Capacity } from "../plan/capacity.ts";
import { bufferOf, type Call, PHASES, type Phase } from "../plan/program.ts";
import { accountOf } from "../plan/recompute/account.ts";
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
	readonly loss?: AnyLoss | undefined;
	/** The optimizer of a training step. Default Adam. */
	readonly optimizer?: Optimizer | undefined;
	/** Bytes that a training step may take, as the trainer's option. Default: no limit. */
	readonly memoryLimit?: number | undefined;
}

/** One kernel call. */
export interface ExplainedCall {
	/** When it runs: `pack` puts weights into panels, `draw` those that `weightDropout` leaves, `zero` sets gradients to zero, then `forward`, `backward`, `norm` (of the
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
	/** Of each call once. */
	readonly operations: number;
	/** Of what is computed again in order to keep within `memoryLimit`, on top of `operations`. */
	readonly extraOperations: number;
	/** What is kept of the way forward for the way back: `"everything"`, or within a limit less. */
	readonly kept: string;
	/** Bytes of the workspace, in which buffers that are never needed together share memory. */
	readonly workspaceBytes: number;
	/** The explanation as a table to print. */
	toString(): string;
}

/** The calls of a program on a batch of this size. */
export function explain(runtime: Runtime, options: ExplainOptions = {}): Explanation {
	const where = "Model.explain";
	checkKeys(where, options, ["batchSize", "steps", "purpose", "loss", "optimizer", "memoryLimit"]);
	const batchSize = checkSize(where, "batchSize", options.batchSize ?? 1);
	const steps = checkSize(where, "steps", options.steps ?? 1);
	const batch = { batchSize, steps, total: batchSize * steps };
	const purpose = purposeOf(where, options);
	if ("loss" in purpose) checkOutputs(where, purpose.loss, runtime.network.output.size);
	if (purpose.kind === "stream") checkCausal(where, runtime.network);
	const plan = runtime.plan(where, purpose, batch);
	const { program, bytes, capacity } = plan;
	const { kept, extraOperations } = accountOf(plan);
	const calls = PHASES.flatMap((phase) =>
		program.phases[phase].map((call) => explainCall(runtime, phase, call, capacity)),
	);
	const operations = calls.reduce((sum, call) => sum + call.operations, 0);
	return {
		calls,
		operations,
		extraOperations,
		kept,
		workspaceBytes: bytes,
		toString: () =>
			[
				...lines(calls),
				`${thousands(operations)} operations; workspace ${thousands(bytes)} bytes`,
				...(purpose.kind === "train" ? [`kept: ${kept}; ${thousands(extraOperations)} more operations`] : []),
			].join("\n"),
	};
}

function purposeOf(where: string, options: ExplainOptions): Purpose {
	const { optimizer: rule = new Adam() } = options;
	const loss = lossOf(where, options.loss ?? "crossEntropy");
	const kind = options.purpose ?? (options.loss === undefined ? "predict" : "train");
	checkChoice(where, "purpose", kind, purposes);
	checkOptimizer(where, rule);
	const memoryLimit = checkMemoryLimit(where, options.memoryLimit);
	const needless = Object.entries({ loss: options.loss, optimizer: options.optimizer, memoryLimit }).find(
		([name, value]) => value !== undefined && kind !== "train" && (name !== "loss" || kind !== "evaluate"),
	);
	if (needless !== undefined)
		throw new OptionError(`${where}: "${needless[0]}" has no part in "${kind}". Leave it out, or ask for "train".`);
	if (kind === "train") return { kind, loss, rule, memoryLimit };
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

function lines(calls: readonly ExplainedCall[]): string[] {
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
	return table([["phase", "layer", "kernel", "shapes", "operations", "bytes", "cut", "equation"], ...rows]);
}
