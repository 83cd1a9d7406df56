import { NORM_BLOCK } from "../engine/blocking.ts";
import { kernels } from "../engine/kernels.ts";
import { writeChain } from "../layers/chain.ts";
import type { Loss } from "../losses/loss.ts";
import type { UpdateKernel, UpdateRule } from "../optimizers/optimizer.ts";
import { Builder } from "../plan/builder.ts";
import { parametersCost, valuesCost } from "../plan/cost.ts";
import {
	at,
	type Buffer,
	type Operand,
	type Operands,
	type Program,
	type ProgramLoss,
	type Seen,
	type Setting,
	strideOf,
	type Value,
} from "../plan/program.ts";
import { type ParameterClip, writeClips } from "./clips.ts";
import { layoutOf } from "./layout.ts";
import type { Network } from "./network.ts";
import type { Range } from "./ranges.ts";

/** What a program is for. `predict` computes outputs; `stream` outputs too, with the states carried on to the next step;
 * `evaluate` a loss; `train` a loss, its gradient and an update. */
export type Purpose = OutputPurpose | LossPurpose;

interface OutputPurpose {
	readonly kind: "predict" | "stream";
}

export type LossPurpose = EvaluatePurpose | TrainPurpose;

interface EvaluatePurpose {
	readonly kind: "evaluate";
	readonly loss: Loss;
	/** Whether outputs, targets and weights stay for metrics to see. Default: what the loss leaves may lie over them. */
	readonly keepsOutput?: boolean;
}

interface TrainPurpose {
	readonly kind: "train";
	readonly loss: Loss;
	readonly rule: UpdateRule;
	/** What recurrent layers leave behind to be seen: the norms of their gradients, or all of it. Default: nothing. */
	readonly seen?: Seen | undefined;
	/** What Omega (assembly/cells/omega.ts) enters the gradient with: the setting of that name. Default: it is not computed. */
	readonly omega?: number | undefined;
	/** How each parameter's gradient is clipped by itself, before all of them together. Default: not at all. */
	readonly clips?: readonly ParameterClip[];
	/** Whether each update is followed by a moving average of the parameters, the slot `average`. Default: not. */
	readonly averages?: boolean | undefined;
	/** Which parameters are updated alike, where not all are: each group's settings have its number after their names. Default: all. */
	readonly ranges?: readonly Range[] | undefined;
	/** Bytes of workspace that it may take. Default: as many as it needs to keep everything. */
	readonly memoryLimit?: number | undefined;
	/** As that of an evaluation. */
	readonly keepsOutput?: boolean;
}

/** Every kind of purpose. */
export const purposes = ["predict", "stream", "evaluate", "train"] as const satisfies readonly Purpose["kind"][];

const keys = new WeakMap<Purpose, string>();

function hasOmega(purpose: Purpose): boolean {
	return purpose.kind === "train" && purpose.omega !== undefined;
}

function seenOf(purpose: Purpose): Seen | undefined {
	return purpose.kind === "train" ? purpose.seen : undefined;
}

/** A key that two purposes share if their programs are the same. */
export function keyOf(purpose: Purpose): string {
	const known = keys.get(purpose);
	if (known !== undefined) return known;
	const loss = "loss" in purpose ? lossKey(purpose.loss) : "";
	const rule = "rule" in purpose ? [purpose.rule.kernel, ...purpose.rule.slots] : [];
	const { clips = [], memoryLimit = "" } = purpose.kind === "train" ? purpose : {};
	const omega = hasOmega(purpose) ? ["omega"] : [];
	const average = purpose.kind === "train" && purpose.averages ? ["averages"] : [];
	const ranges = purpose.kind === "train" && purpose.ranges ? [JSON.stringify(purpose.ranges)] : [];
	const kept = "loss" in purpose && purpose.keepsOutput ? ["output"] : [];
	const options = [...kept, ...omega, ...average, ...ranges, ...rule, ...clips];
	const key = [purpose.kind, loss, seenOf(purpose) ?? "", memoryLimit, ...options].join(" ");
	keys.set(purpose, key);
	return key;
}

/** What a loss's program depends on. Of a loss of the user's own the function is lent when it runs. */
function lossKey({ name, options, row }: Loss): string {
	return JSON.stringify([name, options, row !== undefined]);
}

/** Writes the program of a network, as far as its purpose asks: each layer's part forward, the loss, each layer's part backward,
 * the update. */
export function writeProgram(network: Network, purpose: Purpose): Program {
	const builder = new Builder(layoutOf(network).bytes, {
		trains: purpose.kind === "train",
		seen: seenOf(purpose),
		omega: hasOmega(purpose),
	});
	const { kind, size } = network.input;
	const stride = kind === "ids" ? 4 : strideOf(size);
	const inputs = builder.rows("inputs", builder.steps, stride);
	const parts = [{ size, reverse: false }];
	const given = builder.give({ axis: builder.steps, size, stride, address: at(inputs), parts });
	const value = writeChain(network.layers, builder, given);
	const ends = {
		inputs,
		inputStride: stride,
		...(kind === "values" && { given: builder.rows("given", builder.steps, 4 * size) }),
		output: value,
	};
	if (purpose.kind === "stream") builder.carryStates();
	if (!("loss" in purpose)) return builder.program(ends);
	const loss = { ...writeLoss(builder, value, purpose.loss), keepsOutput: purpose.keepsOutput ?? false };
	if (purpose.kind === "evaluate") return builder.program({ ...ends, loss });
	builder.backward();
	return builder.program({ ...ends, loss, norm: writeUpdate(builder, network, purpose) });
}

/** Writes the calls that give each row's loss and gradient, and the sum of the losses. */
function writeLoss(builder: Builder, y: Value, loss: Loss): Omit<ProgramLoss, "keepsOutput"> {
	const { axis, size, stride } = y;
	const isAlike = loss.outputs === 1 || loss.repeats;
	const targetStride = loss.targets === "ids" ? 4 : isAlike ? stride : strideOf(size / loss.outputs);
	const targets = builder.rows("targets", axis, targetStride);
	const weights = builder.rows("weights", axis, 4);
	const rowLosses = builder.rows("losses", axis, 8);
	const hits = builder.rows("hits", axis, 4);
	const constants = loss.constants && builder.work("constants of the loss", () => y.stride);
	const result = builder.work("result", () => 16);
	builder.within("loss", "", () => {
		const { address: dy } = builder.gradients.into(y);
		const places = { targets, targetStride, weights, constants: constants ?? (0 as const), dy };
		loss.program(builder, y, { ...places, losses: rowLosses, hits });
		builder.call(
			"sumLosses",
			{ packing: axis.packing, losses: rowLosses, hits: loss.hasAccuracy ? hits : 0, result },
			{ equation: "Σ loss", cost: valuesCost(axis, 1, 1) },
		);
	});
	return { targets, targetStride, weights, ...(constants && { constants }), result };
}

/** Writes what surrounds the gradients of a training step: zeroing them first, their norm, clipping and the update afterwards.
 * Returns the buffer of the norm. */
function writeUpdate(builder: Builder, network: Network, { rule, clips = [], averages, ranges }: TrainPurpose): Buffer {
	const vectors = builder.parameterBytes / 16;
	const gradients = builder.region("gradients");
	const cost = (perValue: number) => parametersCost(4 * vectors, perValue);
	const write = <T>(phase: "zero" | "norm" | "update", label: string, calls: () => T) =>
		builder.during(phase, () => builder.within(label, "", calls));
	write("zero", "gradients", () =>
		builder.call("zero", { target: gradients }, { equation: "g = 0", cost: cost(0), count: vectors }),
	);
	const { g, norm, scale } = write("norm", "clipping", () => {
		for (const { group, begin, bytes } of ranges ?? [])
			if (group < 0)
				builder.call(
					"zero",
					{ target: at(gradients, begin) },
					{ equation: "g = 0 where parameters are frozen", cost: parametersCost(bytes / 4), count: bytes / 16 },
				);
		const most = { setting: "clipNorm" };
		if (clips.length === 0) return { g: gradients, ...writeNorm(builder, gradients, most) };
		const { norm } = writeNorm(builder, gradients, Infinity);
		const clipped = writeClips(builder, network, gradients, clips);
		return { g: clipped, norm, scale: writeNorm(builder, clipped, most, "clipped ").scale };
	});
	write("update", "optimizer", () => {
		const { kernel } = rule;
		for (const range of ranges ?? [{ group: undefined, begin: 0, bytes: 16 * vectors }]) {
			if (range.group === -1) continue;
			const count = range.bytes / 16;
			builder.call<UpdateKernel, Operands<UpdateKernel>>(kernel, updateOperands(builder, rule, g, scale, range), {
				equation: `g = within ±clipValue of scale·g; ${rule.equation}`,
				cost: parametersCost(4 * count, rule.operations),
				count,
			});
		}
	});
	if (averages) write("update", "average", () => writeAverage(builder));
	return norm;
}

/** Writes the call that takes the parameters into their moving average. */
function writeAverage(builder: Builder): void {
	const vectors = builder.parameterBytes / 16;
	builder.call(
		"averageParameters",
		{ average: builder.slot("average"), p: builder.region("parameters"), share: { setting: "averageShare" } },
		{ equation: "average += share·(p - average)", cost: parametersCost(4 * vectors, 3), count: vectors },
	);
}

/** Writes the calls that give the norm of all gradients together, and the factor that scales them to at most `most`. */
function writeNorm(
	builder: Builder,
	g: Buffer,
	most: number | Setting,
	what = "",
): Readonly<Record<"norm" | "scale", Buffer>> {
	const vectors = builder.parameterBytes / 16;
	const blocks = Math.ceil(vectors / NORM_BLOCK);
	const squares = builder.work(`${what}squares`, () => 8 * blocks);
	const norm = builder.work(`${what}norm`, () => 8);
	const scale = builder.work(`${what}scale`, () => 4);
	const isKept = most === Infinity;
	builder.call(
		"squareSums",
		{ g, vectors, squares, blocks },
		{ equation: "Σ g² in blocks", cost: parametersCost(4 * vectors, 2) },
	);
	builder.call(
		"clipNorm",
		{ squares, blocks, most, norm, scale },
		{
			equation: `norm = √Σ g²${isKept ? "" : "; scale = min(1, clipNorm / (norm + 1e-6))"}`,
			cost: parametersCost(blocks, 1),
		},
	);
	return { norm, scale };
}

/** The operands of an optimizer's kernel for a range of parameters. A place is in the slot of that name, or 0 where the optimizer
 * keeps none; a number is a setting, and all but clipping's are the group's own. */
function updateOperands(
	builder: Builder,
	{ kernel, slots }: UpdateRule,
	g: Buffer,
	scale: Buffer,
	{ group, begin }: Pick<Range, "begin"> & { readonly group: number | undefined },
): Operands<UpdateKernel> {
	const from = (region: Buffer) => (begin === 0 ? region : at(region, begin));
	const known = { p: from(builder.region("parameters")), g: from(g), scale };
	const operands = Object.entries(kernels[kernel].operands).map(([name, kind]): [string, Operand] => {
		if (name in known) return [name, known[name as keyof typeof known]];
		if (kind !== "place") return [name, { setting: name === "limit" ? name : settingOf(name, group) }];
		return [name, slots.includes(name) ? from(builder.slot(name)) : 0];
	});
	return Object.fromEntries(operands) as unknown as Operands<UpdateKernel>;
}

/** The name of a group's setting. */
export function settingOf(name: string, group: number | undefined): string {
	return group === undefined ? name : `${name} ${group}`;
}
