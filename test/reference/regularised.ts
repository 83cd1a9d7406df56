import { gateActivation as activationOf, oneMinus, tanh } from "./activations.ts";
import { type NamedValues, valuesOf } from "./cells.ts";
import { timeOrder } from "./direction.ts";
import { type Drawing, dropoutMask, dropped, weightMask } from "./dropout.ts";
import { gainedGates } from "./gru.ts";
import { gained } from "./layerNorm.ts";
import { add, at, blocks, type Matrix, map, matrix, mul, row, stack, times, type Vector } from "./matrix.ts";

/** A cell with what keeps it from relying on single units; the options are the package's own. */
export interface RegularisedCell {
	readonly type: "rnn" | "lstm" | "gru";
	readonly hiddenSize: number;
	readonly activation?: "tanh" | "relu";
	readonly reset?: "after" | "before";
	readonly peepholes?: boolean;
	readonly coupledGates?: boolean;
	readonly gateActivation?: "sigmoid" | "hardSigmoid";
	readonly layerNorm?: boolean;
	readonly projectionSize?: number;
	readonly initialState?: "zero" | "learned";
	readonly inputDropout?: number;
	readonly recurrentDropout?: number;
	readonly zoneout?: { readonly h?: number; readonly c?: number };
	readonly weightDropout?: number;
}

interface States {
	readonly h: Vector;
	readonly c: Vector;
}

/** What a cell computes of x[t], of h[t-1] as its products read it, and of the states before. */
type Step = (x: Vector, read: Vector, states: States) => { readonly m: Vector; readonly c: Vector };

/** The hidden states of one row.
 *   weight_hh ⊙ mask″ in place of weight_hh
 *   read = h[t-1] ⊙ mask          (m, fresh) = cell(x ⊙ mask', read, h[t-1], c[t-1])
 *   h[t] = u ⊙ (Wr·m) + (1-u) ⊙ h[t-1]         c[t] = u' ⊙ fresh + (1-u') ⊙ c[t-1]
 * In training u is 0 or 1, as drawn (Krueger et al. 2017), else 1 - rate.
 * @param drawing Without it nothing is drawn; its site is that of the first thing drawn. */
export function regularisedStates(
	cell: RegularisedCell,
	parameters: NamedValues,
	prefix: string,
	x: Matrix,
	reverse: boolean,
	drawing?: Drawing,
): Matrix {
	const { hiddenSize: H, projectionSize: R = H, inputDropout = 0, recurrentDropout = 0, zoneout = {} } = cell;
	let site = drawing?.site ?? 0;
	const weights = valuesOf(parameters, `${prefix}weight_hh`);
	const { weightDropout = 0 } = cell;
	const drops = drawing !== undefined && weightDropout > 0;
	const left = drops ? mul(weights, weightMask({ ...drawing, site: site++ }, weights.length, weightDropout)) : weights;
	const read = (name: string) => (name === "weight_hh" ? left : valuesOf(parameters, `${prefix}${name}`));
	const draw = (columns: number, rate: number, shared?: "steps") => {
		if (rate === 0 || drawing === undefined) return undefined;
		return dropoutMask({ ...drawing, site: site++ }, matrix(x.rows, columns), { rate, ...(shared && { shared }) });
	};
	const inputMask = draw(x.columns, inputDropout, "steps");
	const input = inputMask ? dropped(x, inputMask) : x;
	const updates = (size: number, rate: number) => {
		const mask = draw(size, rate);
		return (t: number) => (mask ? map(row(mask, t), Math.sign) : new Float64Array(size).fill(1 - rate));
	};
	const updatesH = updates(R, zoneout.h ?? 0);
	const recurrentMask = draw(R, recurrentDropout, "steps");
	const updatesC = updates(H, zoneout.c ?? 0);
	const isLearned = cell.initialState === "learned";
	const step = stepOf(cell, read);
	let h: Vector = isLearned ? read("initial_h") : new Float64Array(R);
	let c: Vector = isLearned && cell.type === "lstm" ? read("initial_c") : new Float64Array(H);
	const states: Vector[] = [];
	for (const t of timeOrder(x.rows, reverse)) {
		const fresh = step(row(input, t), recurrentMask ? mul(h, row(recurrentMask, t)) : h, { h, c });
		const m = R === H ? fresh.m : times(matrix(R, H, read("weight_hr")), fresh.m);
		const [u, uc] = [updatesH(t), updatesC(t)];
		h = add(mul(u, m), mul(oneMinus(u), h));
		c = add(mul(uc, fresh.c), mul(oneMinus(uc), c));
		states[t] = h;
	}
	return stack(states);
}

function stepOf(cell: RegularisedCell, read: (name: string) => Vector): Step {
	const b = read("bias");
	const [Wx, Wh] = [read("weight_ih"), read("weight_hh")].map((W) => matrix(b.length, W.length / b.length, W));
	const norm = cell.type === "gru" ? gainedGates : gained;
	const normed = (v: Vector, gain: string) => norm(v, cell.layerNorm ? read(gain) : undefined).y;
	const gates = (x: Vector, h: Vector) => [
		blocks(add(normed(times(Wx as Matrix, x), "norm_ih"), b), cell.hiddenSize),
		blocks(normed(times(Wh as Matrix, h), "norm_hh"), cell.hiddenSize),
	];
	if (cell.type === "lstm") return lstmStep(cell, gates, read);
	if (cell.type === "gru") return gruStep(cell, gates, read, Wh as Matrix);
	const activation = cell.activation === "relu" ? (z: Vector) => map(z, (value) => Math.max(0, value)) : tanh;
	return (x, h, { c }) => {
		const [fromX, fromH] = gates(x, h) as [Vector[], Vector[]];
		return { m: activation(add(at(fromX, 0), at(fromH, 0))), c };
	};
}

type Gates = (x: Vector, h: Vector) => Vector[][];

function lstmStep(
	{ hiddenSize, coupledGates, gateActivation, layerNorm, peepholes: hasPeepholes }: RegularisedCell,
	gates: Gates,
	read: (name: string) => Vector,
): Step {
	const { of: gate } = activationOf(gateActivation === "hardSigmoid");
	const none = new Float64Array(hiddenSize);
	const peepholes = hasPeepholes ? blocks(read("peephole"), hiddenSize) : [none, none, none];
	const [pf, po] = peepholes.slice(-2) as [Vector, Vector];
	return (x, h, { c }) => {
		const [fromX, fromH] = gates(x, h) as [Vector[], Vector[]];
		const z = fromX.map((value, block) => add(value, at(fromH, block)));
		const [zf, zg, zo] = z.slice(-3) as [Vector, Vector, Vector];
		const f = gate(add(zf, mul(pf, c)));
		const i = coupledGates ? oneMinus(f) : gate(add(at(z, 0), mul(at(peepholes, 0), c)));
		const fresh = add(mul(f, c), mul(i, tanh(zg)));
		const seen = layerNorm ? gained(fresh, read("norm_c"), read("norm_c_bias")).y : fresh;
		return { m: mul(gate(add(zo, mul(po, fresh))), tanh(seen)), c: fresh };
	};
}

function gruStep(
	{ hiddenSize: H, reset, gateActivation, layerNorm }: RegularisedCell,
	gates: Gates,
	read: (name: string) => Vector,
	Wh: Matrix,
): Step {
	const { of: gate } = activationOf(gateActivation === "hardSigmoid");
	const Un = matrix(H, H, Wh.values.slice(2 * H * H));
	return (x, seen, { h, c }) => {
		const [fromX, fromH] = gates(x, seen) as [Vector[], Vector[]];
		const [r, z] = [0, 1].map((block) => gate(add(at(fromX, block), at(fromH, block)))) as [Vector, Vector];
		const before = () => gained(times(Un, mul(r, seen)), layerNorm ? read("norm_hh").slice(2 * H) : undefined).y;
		const inner = reset === "before" ? before() : mul(r, add(at(fromH, 2), read("bias_hn")));
		const n = tanh(add(at(fromX, 2), inner));
		return { m: add(mul(oneMinus(z), n), mul(z, h)), c };
	};
}
