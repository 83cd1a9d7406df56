import { NORM_BLOCK } from "../engine/blocking.ts";
import { kernels } from "../engine/kernels.ts";
import { type LossName, losses } from "../losses/index.ts";
import type { UpdateKernel, UpdateRule } from "../optimizers/optimizer.ts";
import { Builder } from "../plan/builder.ts";
import { parametersCost, valuesCost } from "../plan/cost.ts";
import {
	at,
	type Buffer,
	type Operand,
	type Operands,
	type Program,
	type Setting,
	strideOf,
	type Value,
} from "../plan/program.ts";
import { type ParameterClip, writeClips } from "./clips.ts";
import { layoutOf } from "./layout.ts";
import type { Network } from "./network.ts";

/** What a program is for: outputs; outputs of one step after another, the states carried on; a loss; a loss, its gradient and
 * an update. */
export type Purpose = OutputPurpose | LossPurpose;

interface OutputPurpose {
	readonly kind: "predict" | "stream";
}

export type LossPurpose = EvaluatePurpose | TrainPurpose;

interface EvaluatePurpose {
	readonly kind: "evaluate";
	readonly loss: LossName;
}

interface TrainPurpose {
	readonly kind: "train";
	readonly loss: LossName;
	readonly rule: UpdateRule;
	/** How each parameter's gradient is clipped beside its values or by its own norm, before all of them are. Default: not. */
	readonly clips?: readonly ParameterClip[];
}

/** Every kind of purpose. */
export const purposes = ["predict", "stream", "evaluate", "train"] as const satisfies readonly Purpose["kind"][];

const keys = new WeakMap<Purpose, string>();

/** Tells purposes apart whose programs differ. */
export function keyOf(purpose: Purpose): string {
	const known = keys.get(purpose);
	if (known !== undefined) return known;
	const loss = "loss" in purpose ? purpose.loss : "";
	const rule = "rule" in purpose ? [purpose.rule.kernel, ...purpose.rule.slots] : [];
	const clips = purpose.kind === "train" ? (purpose.clips ?? []) : [];
	const key = [purpose.kind, loss, ...rule, ...clips].join(" ");
	keys.set(purpose, key);
	return key;
}

/** Writes the program of a network: each layer its part forward, the loss, each layer its part backward, the update. */
export function writeProgram(network: Network, purpose: Purpose): Program {
	const builder = new Builder(layoutOf(network).bytes);
	const { kind, size } = network.input;
	const stride = kind === "ids" ? 4 : strideOf(size);
	const inputs = builder.rows("inputs", builder.steps, stride);
	const parts = [{ size, reverse: false }];
	let value: Value = builder.give({ axis: builder.steps, size, stride, address: at(inputs), parts });
	for (const [index, { layer, type, label }] of network.layers.entries()) {
		const x = value;
		value = builder.within(label, `${index}.`, () => type.program(layer, builder, [x]));
	}
	const ends = {
		inputs,
		inputStride: stride,
		...(kind === "values" && { given: builder.rows("given", builder.steps, 4 * size) }),
		output: value,
	};
	if (purpose.kind === "stream") builder.carryStates();
	if (!("loss" in purpose)) return builder.program(ends);
	const loss = writeLoss(builder, value, purpose.loss);
	if (purpose.kind === "evaluate") return builder.program({ ...ends, loss });
	builder.backward();
	return builder.program({ ...ends, loss, norm: writeUpdate(builder, network, purpose) });
}

/** Each row's loss and gradient, and what the losses make together. */
function writeLoss(builder: Builder, y: Value, name: LossName): NonNullable<Program["loss"]> {
	const { axis, stride } = y;
	const { targets: kind, hasAccuracy, program } = losses[name];
	const targets = builder.rows("targets", axis, kind === "ids" ? 4 : stride);
	const weights = builder.rows("weights", axis, 4);
	const rowLosses = builder.rows("losses", axis, 8);
	const hits = builder.rows("hits", axis, 4);
	const result = builder.work("result", () => 16);
	builder.within("loss", "", () => {
		const { address: dy } = builder.gradients.into(y);
		program(builder, y, { targets, weights, dy, losses: rowLosses, hits });
		builder.call(
			"sumLosses",
			{ packing: axis.packing, losses: rowLosses, hits: hasAccuracy ? hits : 0, result },
			{ equation: "Σ loss", cost: valuesCost(axis, 1, 1) },
		);
	});
	return { targets, weights, result };
}

/** Zeroing before, norm, clipping and the update of all parameters; gives where the norm stands. */
function writeUpdate(builder: Builder, network: Network, { rule, clips = [] }: TrainPurpose): Buffer {
	const vectors = builder.parameterBytes / 16;
	const gradients = builder.region("gradients");
	const cost = (perValue: number) => parametersCost(4 * vectors, perValue);
	const write = <T>(phase: "zero" | "norm" | "update", label: string, calls: () => T) =>
		builder.during(phase, () => builder.within(label, "", calls));
	write("zero", "gradients", () =>
		builder.call("zero", { target: gradients }, { equation: "g = 0", cost: cost(0), count: vectors }),
	);
	const { g, norm, scale } = write("norm", "clipping", () => {
		const most = { setting: "clipNorm" };
		if (clips.length === 0) return { g: gradients, ...writeNorm(builder, gradients, most) };
		const { norm } = writeNorm(builder, gradients, Infinity);
		const clipped = writeClips(builder, network, gradients, clips);
		return { g: clipped, norm, scale: writeNorm(builder, clipped, most, "clipped ").scale };
	});
	write("update", "optimizer", () => {
		const { kernel } = rule;
		const operands = updateOperands(builder, rule, { p: builder.region("parameters"), g, scale });
		builder.call<UpdateKernel, Operands<UpdateKernel>>(kernel, operands, {
			equation: `g = within ±clipValue of scale·g; ${rule.equation}`,
			cost: cost(rule.operations),
			count: vectors,
		});
	});
	return norm;
}

/** The norm of all gradients together, and what scales them to one of at most `most`. */
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

/** The operands of an optimizer's kernel: what it keeps under each name, or nothing where it does not; each number that is
 * given anew at each update. */
function updateOperands(
	builder: Builder,
	{ kernel, slots }: UpdateRule,
	known: Pick<Operands<UpdateKernel>, "p" | "g" | "scale">,
): Operands<UpdateKernel> {
	const operands = Object.entries(kernels[kernel].operands).map(([name, kind]): [string, Operand] => {
		if (name in known) return [name, known[name as keyof typeof known]];
		if (kind !== "place") return [name, { setting: name }];
		return [name, slots.includes(name) ? builder.slot(name) : 0];
	});
	return Object.fromEntries(operands) as unknown as Operands<UpdateKernel>;
}
