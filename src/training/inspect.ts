import { sizeOf } from "../compile/network.ts";
import type { Packing } from "../plan/packing.ts";
import { type Address, type Buffer, type Probe, type Program, padded } from "../plan/program.ts";
import type { Job } from "../run/job.ts";
import type { Runtime } from "../run/runtime.ts";

/** What a batch shows of a model's gradients. */
export interface HealthReport {
	/** Loss of the batch. */
	readonly loss: number;
	/** Every recurrent layer, and each direction of a bidirectional one, in order. */
	readonly layers: readonly LayerHealth[];
	readonly parameters: ReadonlyMap<string, ParameterHealth>;
}

/** The norms of a gradient on its way back through a recurrent layer. */
export interface LayerNorms {
	/** `0.lstm`; of a bidirectional layer `0.lstm.forward` and `0.lstm.backward`. */
	readonly name: string;
	/** Of each step, the norm of the loss's gradient with respect to h there, over all rows: ‖∂L/∂h[t]‖. */
	readonly hiddenNorm: Float64Array;
	/** Of an lstm the same of c; of an sLstm of c/n, where n is held. */
	readonly cellNorm?: Float64Array;
	/** Whether it walks from the last step to the first. */
	readonly reverse: boolean;
}

export interface LayerHealth extends LayerNorms {
	/** Of each gate the share of its values, over all units, rows and steps, that are within a tenth of their ends: below 0.1 or
	 * above 0.9 of a sigmoid (Karpathy et al. 2015), beyond ±0.9 of a tanh. An rnn's `h` stands for its tanh; with ReLU there
	 * is none, and none of an sLstm's i, an exponential. */
	readonly saturation: Readonly<Record<string, number>>;
	/** Largest absolute eigenvalue of the matrix that h is multiplied by: of an lstm that of g, of a gru that of n, of an sLstm that of
	 * z, in the head where it is largest; of an indRnn the largest absolute weight. Of all weights, also of those that `weightDropout`
	 * drops. A minGru or a minLstm multiplies h by gates only, and has none, nor has an lstm with a projection. */
	readonly spectralRadius?: number;
}

export interface ParameterHealth {
	/** Of its values. */
	readonly norm: number;
	/** Of its gradient, before clipping. */
	readonly gradientNorm: number;
	/** Of the change that a step on the batch would make. */
	readonly updateNorm: number;
}

/** How near its end a gate is saturated. */
const NEAR = 0.1;

/** What a job that leaves all behind to be seen has left behind of each recurrent layer. */
export function layersSeen(runtime: Runtime, job: Job, packing: Packing): LayerHealth[] {
	const norms = layerNorms(job.program, packing, runtime.engine.f64, (place) => job.address(place) / 8);
	return job.program.probes.map((probe, index) => ({
		...(norms[index] as LayerNorms),
		saturation: saturationOf(runtime, job, packing, probe),
		...(probe.recurrent && { spectralRadius: recurrentRadius(runtime, probe.recurrent, probe.h.size) }),
	}));
}

/** The norms of each recurrent layer, h before c, from the squared norms that a job with `seen` has left of every packed row.
 * @param beginOf Tells where in `squares` those of a buffer begin. */
export function layerNorms(
	{ probes }: Program,
	packing: Packing,
	squares: Float64Array,
	beginOf: (place: Buffer) => number,
): LayerNorms[] {
	const norms = (place: Buffer) => byStep(squares, beginOf(place), packing);
	return probes.map(({ name, h: { reverse }, hiddenNorms, cellNorms }) => ({
		name,
		hiddenNorm: norms(hiddenNorms),
		...(cellNorms && { cellNorm: norms(cellNorms) }),
		reverse,
	}));
}

/** The root of the sum of each step's rows. */
function byStep(squares: Float64Array, begin: number, { steps, alive, offset }: Packing): Float64Array {
	const norms = new Float64Array(steps);
	for (let t = 0; t < steps; t++) {
		let sum = 0;
		for (let k = begin + offset[t], end = k + alive[t]; k < end; k++) sum += squares[k];
		norms[t] = Math.sqrt(sum);
	}
	return norms;
}

function saturationOf(runtime: Runtime, job: Job, { total }: Packing, probe: Probe): Record<string, number> {
	const { size, gates, blocks, places } = probe;
	const width = padded(size);
	const begin = job.address(gates as Address) / 4;
	const { f32 } = runtime.engine;
	const shares = Object.entries(places).map(([name, { block, tanh }]): [string, number] => {
		let count = 0;
		for (let k = 0; k < total; k++) {
			const from = begin + (k * blocks + block) * width;
			for (let j = from; j < from + size; j++) {
				const value = tanh ? (f32[j] + 1) / 2 : f32[j];
				const near = tanh ? NEAR / 2 : NEAR;
				if (value < near || value > 1 - near) count++;
			}
		}
		return [name, count / (total * size)];
	});
	return Object.fromEntries(shares);
}

function recurrentRadius(runtime: Runtime, { weights, row }: NonNullable<Probe["recurrent"]>, n: number): number {
	const { shape = [] } = runtime.network.parameters.find(({ name }) => name === weights) ?? {};
	const all = runtime.parameter(weights, sizeOf(shape));
	// A vector is the diagonal of a matrix whose other elements are zero.
	if (shape.length === 1) return all.reduce((most, u) => Math.max(most, Math.abs(u)), 0);
	const width = shape[1] as number;
	// The eigenvalues of a matrix of blocks are those of the blocks.
	const radii = Array.from({ length: n / width }, (_, block) => {
		const from = row + block * width;
		return spectralRadius(all.slice(from * width, (from + width) * width), width);
	});
	return Math.max(...radii);
}

const ITERATIONS = 400;

/** Largest absolute eigenvalue of a matrix [n, n], by how fast a vector grows that is multiplied by it again and again (Gelfand's
 * formula): over the second half of 400 products, so that what the vector began with is forgotten. Within a percent. */
export function spectralRadius(matrix: ArrayLike<number>, n: number): number {
	let vector = Float64Array.from({ length: n }, (_, j) => Math.cos(1 + j * j));
	let growth = 0;
	for (let k = 0; k < ITERATIONS; k++) {
		const next = new Float64Array(n);
		for (let i = 0; i < n; i++)
			for (let j = 0; j < n; j++) next[i] += (matrix[i * n + j] as number) * (vector[j] as number);
		const norm = normOf(next);
		if (norm === 0) return 0;
		if (k >= ITERATIONS / 2) growth += Math.log(norm);
		vector = next.map((value) => value / norm);
	}
	return Math.exp(growth / (ITERATIONS / 2));
}

/** Norms of each parameter, of its gradient, and of the difference between the parameters after an update and before. */
export function parametersSeen(runtime: Runtime, before: Float32Array): Map<string, ParameterHealth> {
	const { network, layout } = runtime;
	return new Map(
		network.parameters.map(({ name, shape }) => {
			const size = sizeOf(shape);
			const begin = (layout.offsets.get(name) as number) / 4;
			const old = before.subarray(begin, begin + size);
			const change = runtime.parameter(name, size).map((value, j) => value - (old[j] as number));
			const gradientNorm = normOf(runtime.gradient(name, size));
			return [name, { norm: normOf(old), gradientNorm, updateNorm: normOf(change) }];
		}),
	);
}

function normOf(values: ArrayLike<number>): number {
	let sum = 0;
	for (let j = 0; j < values.length; j++) sum += (values[j] as number) ** 2;
	return Math.sqrt(sum);
}
