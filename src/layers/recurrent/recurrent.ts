// What the recurrent layers share.

import { OptionError } from "../../errors.ts";
import { checkChoice, checkKeys, checkSize } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { type Cost, productCost } from "../../plan/cost.ts";
import { packPlain, type WeightShape } from "../../plan/panels.ts";
import { type Factors, projectBack, weightGradient } from "../../plan/products.ts";
import type { Axis, Buffer, Probe, State, Value } from "../../plan/program.ts";
import { copyRows, zeroRows } from "../../plan/rows.ts";
import { constant, uniform } from "../initializers/elementwise.ts";
import type { GateBiasInitializer, MatrixInitializer, VectorInitializer } from "../initializers/index.ts";
import { connectValues, type Flow, type ParameterSpec } from "../layer.ts";

interface Sizes {
	readonly hiddenSize: number;
	readonly inputSize?: number;
	/** Only where sequences begin with a state that is learned. */
	readonly initialState?: "learned";
}

/** How the parameters of a cell start that multiplies the state before by no matrix. */
export interface LinearCellInitializers<Bias = GateBiasInitializer> {
	/** Of the input's weights, gate by gate. */
	readonly weight_ih?: MatrixInitializer | undefined;
	readonly bias?: Bias | undefined;
	/** Of a state that is learned. */
	readonly initial_h?: VectorInitializer | undefined;
}

/** How the parameters of a cell start. */
export interface CellInitializers<Bias = VectorInitializer> extends LinearCellInitializers<Bias> {
	/** Of the weights of the state before, gate by gate. */
	readonly weight_hh?: MatrixInitializer | undefined;
}

/** Checks the options that every recurrent layer has; `more` names the others, which the caller checks. */
export function checkRecurrent(
	type: string,
	options: {
		readonly hiddenSize: number;
		readonly inputSize?: number | undefined;
		readonly initialState?: "zero" | "learned" | undefined;
	},
	more: readonly string[] = [],
): Sizes {
	checkKeys(type, options, ["hiddenSize", "inputSize", ...more, "initialState", "initializers"]);
	const initialState = checkChoice(type, "initialState", options.initialState ?? "zero", ["zero", "learned"] as const);
	return {
		hiddenSize: checkSize(type, "hiddenSize", options.hiddenSize),
		...(options.inputSize !== undefined && {
			inputSize: checkSize(type, "inputSize", options.inputSize),
		}),
		...(initialState === "learned" && { initialState }),
	};
}

/** The option `gateActivation`, checked; it is left out of a description where it is the usual one. */
export function gateActivationOf(
	type: string,
	given: "sigmoid" | "hardSigmoid" = "sigmoid",
): { readonly gateActivation?: "hardSigmoid" } {
	const activation = checkChoice(type, "gateActivation", given, ["sigmoid", "hardSigmoid"] as const);
	return activation === "hardSigmoid" ? { gateActivation: activation } : {};
}

/** Connects a recurrent layer: it takes every step and gives its hidden state at every step. */
export function connectRecurrent(
	{ hiddenSize, inputSize }: Sizes,
	before: Flow | undefined,
	where: string,
): { input: Flow; output: Flow } {
	const input = connectValues(where, inputSize, before);
	if (!input.perStep) {
		throw new OptionError(`${where}: it needs every step, but lastStep before it keeps one. Put it before lastStep.`);
	}
	return { input, output: { ...input, size: hiddenSize } };
}

/** Weights of the input and of the state before, R wide, and one bias, each with H rows for each gate: uniform in ±1/√H. */
export function recurrentParameters(
	gates: readonly number[],
	H: number,
	I: number,
	R = H,
): readonly [ParameterSpec, ParameterSpec, ParameterSpec] {
	const rows = gates.length * H;
	const initializer = uniform(1 / Math.sqrt(H));
	return [
		{ name: "weight_ih", shape: [rows, I], initializer, gates },
		{ name: "weight_hh", shape: [rows, R], initializer, gates },
		{ name: "bias", shape: [rows], initializer, gates },
	];
}

/** Weights of the input and one bias, of a cell whose gates are linear layers of x alone: uniform in ±1/√I. */
export function linearParameters(
	gates: readonly number[],
	H: number,
	I: number,
): readonly [ParameterSpec, ParameterSpec] {
	const rows = gates.length * H;
	const initializer = uniform(1 / Math.sqrt(I));
	return [
		{ name: "weight_ih", shape: [rows, I], initializer, gates },
		{ name: "bias", shape: [rows], initializer, gates },
	];
}

/** The states that sequences begin with, where they are learned, one for each name (`h`, `c`): zeros at first. */
export function initialParameters({ hiddenSize, initialState }: Sizes, names: readonly string[]): ParameterSpec[] {
	if (initialState === undefined) return [];
	return names.map((name) => ({ name: `initial_${name}`, shape: [hiddenSize], initializer: constant(0) }));
}

/** A state of a recurrent layer. */
export function recurrentState(
	builder: Builder,
	name: string,
	{ axis }: Value,
	{ hiddenSize, initialState }: Sizes,
	reverse: boolean,
	more?: Pick<State, "together" | "least">,
): State {
	return builder.state(name, axis, hiddenSize, reverse, initialState && `initial_${name}`, more);
}

/** The operands that every walk forward has (assembly/cells/record.ts). */
export function forwardWalk(x: Value, h: State, gates: Buffer, Wx: Buffer, bx: Buffer | 0) {
	return { ...walkOf(x.axis, h), gates, x: x.address, ldx: x.stride, I: x.size, Wx, bx };
}

/** The operands that every walk back has (assembly/cells/record.ts). dh begins with the gradient at the sequences' ends, or zeros.
 * Where y has no gradient at every step, dy is one row of zeros for each sequence. */
export function backwardWalk(builder: Builder, y: Value, h: State) {
	const { every, end } = builder.gradients.of(y);
	const { size, stride } = h;
	const dh = builder.rows("dh", y.axis.ends, stride);
	const target = { address: dh, stride, zeros: stride / 4 - size };
	if (end) copyRows(builder, y.axis.ends, end, target, size, "dh[last] = dy");
	else zeroRows(builder, y.axis.ends, dh, stride);
	const dy = every ?? stateGradient(builder, "dy", h);
	const hiddenNorms = builder.norms("norms of dh", y.axis);
	return { ...walkOf(y.axis, h), dy, everyStep: +(every !== undefined), dh, hiddenNorms };
}

/** What a cell tells of itself where it is to be seen. */
interface Seen extends Omit<Probe, "name" | "h" | "hiddenNorms" | "recurrent" | "size"> {
	readonly type: string;
	/** Units of each gate, where h has another number. */
	readonly size?: number;
	/** At which row of `weight_hh` the candidate's block begins; absent where the cell has no such weights. */
	readonly candidate?: number;
	/** Gates that have no ends, and so are never saturated. */
	readonly endless?: Probe["places"];
}

/** Says where a walk leaves its gates, and lets the walk back be seen, if that is wanted. */
export function showWalk(
	builder: Builder,
	h: State,
	hiddenNorms: Buffer | 0,
	{ type, candidate, endless, size = h.size, ...seen }: Seen,
): void {
	const { gates: address, blocks } = seen;
	const places = { ...seen.places, ...endless };
	if (address !== undefined && address !== h.steps) builder.gates({ h, address, size, blocks, places });
	if (hiddenNorms === 0) return;
	const recurrent = candidate === undefined ? undefined : { weights: `${builder.prefix}weight_hh`, row: candidate };
	const name = nameOf(type, builder.prefix);
	builder.probe({ name, h, size, hiddenNorms, ...(recurrent && { recurrent }), ...seen });
}

/** A layer's name by its type and by what its parameters begin with: `0.lstm`, `2.0.lstm`, `0.lstm.forward`. */
function nameOf(type: string, prefix: string): string {
	const path = prefix.split(".").slice(0, -1);
	const indices = path.filter((part) => /^\d+$/.test(part));
	return [...indices, type, ...path.slice(indices.length)].join(".");
}

/** The operands that every walk has (assembly/cells/record.ts). */
export function walkOf({ packing }: Axis, { size, steps, room, reverse }: State) {
	return { packing, reverse: +reverse, H: size, R: size, room, h: steps };
}

/** A buffer of one row for each sequence, set to zero: it carries the gradient of a state back from step to step. */
export function stateGradient(builder: Builder, name: string, { axis, stride }: State): Buffer {
	const rows = builder.rows(name, axis.ends, stride);
	zeroRows(builder, axis.ends, rows, stride);
	return rows;
}

/** What dz is multiplied by for the gradient of weights that multiply h[t-1]. */
export function pastOf(builder: Builder, h: State): Pick<Factors, "state"> {
	return { state: { of: h, gradient: builder.gradient("weight_hh") } };
}

/** The same of a cell whose gates have no product with the state before. */
export function projectInputBack(builder: Builder, x: Value, blocks: number, h: State, dz: Buffer): void {
	projectGatesBack(builder, x, blocks, h, dz, { reverse: h.reverse });
}

/** Writes the gradients of the parameters and of x, which follow from dz of all gates and all steps.
 * @param past What dz is multiplied by besides x. */
export function projectGatesBack(
	builder: Builder,
	x: Value,
	blocks: number,
	h: State,
	dz: Buffer,
	past: Pick<Factors, "state" | "rows" | "reverse"> = pastOf(builder, h),
): void {
	const H = h.size;
	const dy = { address: dz, stride: blocks * h.stride, blocks, rows: H };
	weightGradient(builder, {
		...{ axis: x.axis, dy, ...past },
		x: { value: x, gradient: builder.gradient("weight_ih") },
		db: builder.gradient("bias"),
	});
	projectBack(builder, x, dy, () => packPlain(builder, "weight_ih", { blocks, rows: H, columns: x.size }));
}

/** The hidden state after each step, as a layer's output. */
export function recurrentValue({ axis, size, stride, steps, reverse }: State): Value {
	return { axis, size, stride, address: steps, parts: [{ size, reverse }] };
}

/** The cost of x·Wᵀ and h·Uᵀ for all gates. */
export function forwardCost({ axis, size }: Value, { blocks, rows, columns }: WeightShape): Cost {
	return productCost(axis, size + columns, blocks * rows);
}

/** The cost of dz·U. */
export function backwardCost({ axis }: Value, { blocks, rows, columns }: WeightShape): Cost {
	return productCost(axis, blocks * rows, columns);
}
