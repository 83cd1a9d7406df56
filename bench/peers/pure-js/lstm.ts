// The training step of bench/lib/task.ts (LSTM, last step, dense, cross-entropy, clipping by norm, Adam) in plain
// JavaScript, as one would write it for speed: typed arrays, allocated once, one product for all steps where there can be.
import { addProduct, type Matrix } from "./product.ts";

export interface Weights {
	readonly weight_ih: Float32Array;
	readonly weight_hh: Float32Array;
	readonly bias: Float32Array;
	readonly head: Float32Array;
	readonly headBias: Float32Array;
}

export interface Sizes {
	readonly batchSize: number;
	readonly steps: number;
	readonly inputSize: number;
	readonly hiddenSize: number;
	readonly classes: number;
	readonly learningRate: number;
	readonly clipNorm: number;
}

function matrix(values: Float32Array, rowStride: number, begin = 0): Matrix {
	return { values, begin, rowStride, columnStride: 1 };
}

function transposed(values: Float32Array, rowStride: number, begin = 0): Matrix {
	return { values, begin, rowStride: 1, columnStride: rowStride };
}

/** Makes a step that trains `weights` in place and gives the loss before the update. */
export function pureLstm(sizes: Sizes, weights: Weights): (inputs: Float32Array, targets: Int32Array) => number {
	const { batchSize: B, steps: T, inputSize: I, hiddenSize: H } = sizes;
	const { classes: O } = sizes;
	const G = 4 * H;
	const { weight_ih, weight_hh, bias, head, headBias } = weights;
	const parameters = [weight_ih, weight_hh, bias, head, headBias];
	const like = () => parameters.map(({ length }) => new Float32Array(length));
	const gradients = like();
	const [dWx, dWh, db, dHead, dHeadBias] = gradients;
	const [means, squares] = [like(), like()];
	const x = new Float32Array(T * B * I);
	const gates = new Float32Array(T * B * G);
	// h and c have a row of zeros before the first step.
	const h = new Float32Array((T + 1) * B * H);
	const c = new Float32Array((T + 1) * B * H);
	const WxT = new Float32Array(I * G);
	const WhT = new Float32Array(H * G);
	const logits = new Float32Array(B * O);
	const dh = new Float32Array(B * H);
	const dc = new Float32Array(B * H);
	const last = T * B * H;
	let updates = 0;

	function forward(inputs: Float32Array): void {
		for (let row = 0; row < B; row++)
			for (let t = 0; t < T; t++) {
				const from = (row * T + t) * I;
				const to = (t * B + row) * I;
				for (let i = 0; i < I; i++) x[to + i] = inputs[from + i];
			}
		transpose(weight_ih, G, I, WxT);
		transpose(weight_hh, G, H, WhT);
		for (let row = 0; row < T * B; row++) gates.set(bias, row * G);
		addProduct(T * B, G, I, matrix(x, I), matrix(WxT, G), matrix(gates, G));
		for (let t = 0; t < T; t++) {
			const z = matrix(gates, G, t * B * G);
			addProduct(B, G, H, matrix(h, H, t * B * H), matrix(WhT, G), z);
			for (let row = 0; row < B; row++) cellForward((t * B + row) * G, (t * B + row) * H);
		}
		for (let row = 0; row < B; row++) logits.set(headBias, row * O);
		addProduct(B, O, H, matrix(h, H, last), transposedHead(), matrix(logits, O));
	}

	const headT = new Float32Array(H * O);
	function transposedHead(): Matrix {
		transpose(head, O, H, headT);
		return matrix(headT, O);
	}

	function cellForward(z: number, before: number): void {
		for (let j = 0; j < H; j++) {
			const i = sigmoid(gates[z + j]);
			const f = sigmoid(gates[z + H + j]);
			const g = tanh(gates[z + 2 * H + j]);
			const o = sigmoid(gates[z + 3 * H + j]);
			const ct = f * c[before + j] + i * g;
			gates[z + j] = i;
			gates[z + H + j] = f;
			gates[z + 2 * H + j] = g;
			gates[z + 3 * H + j] = o;
			c[before + B * H + j] = ct;
			h[before + B * H + j] = o * tanh(ct);
		}
	}

	/** Mean cross-entropy; leaves its gradient in `logits`. */
	function loss(targets: Int32Array): number {
		let sum = 0;
		for (let row = 0; row < B; row++) {
			const y = logits.subarray(row * O, (row + 1) * O);
			const most = y.reduce((a, b) => Math.max(a, b));
			let total = 0;
			for (let j = 0; j < O; j++) total += Math.exp(y[j] - most);
			sum += Math.log(total) + most - y[targets[row]];
			for (let j = 0; j < O; j++) {
				const share = Math.exp(y[j] - most) / total;
				y[j] = (share - (j === targets[row] ? 1 : 0)) / B;
			}
		}
		return sum / B;
	}

	function backward(): void {
		for (const gradient of gradients) gradient.fill(0);
		addProduct(O, H, B, transposed(logits, O), matrix(h, H, last), matrix(dHead, H));
		for (let at = 0; at < B * O; at++) dHeadBias[at % O] += logits[at];
		dh.fill(0);
		dc.fill(0);
		addProduct(B, H, O, matrix(logits, O), matrix(head, H), matrix(dh, H));
		for (let t = T - 1; t >= 0; t--) {
			for (let row = 0; row < B; row++) cellBackward((t * B + row) * G, (t * B + row) * H, row * H);
			dh.fill(0);
			const dz = matrix(gates, G, t * B * G);
			addProduct(B, H, G, dz, matrix(weight_hh, H), matrix(dh, H));
		}
		const dz = transposed(gates, G);
		addProduct(G, I, T * B, dz, matrix(x, I), matrix(dWx, I));
		addProduct(G, H, T * B, dz, matrix(h, H), matrix(dWh, H));
		for (let row = 0; row < T * B; row++) for (let j = 0; j < G; j++) db[j] += gates[row * G + j];
	}

	function cellBackward(z: number, before: number, at: number): void {
		for (let j = 0; j < H; j++) {
			const i = gates[z + j];
			const f = gates[z + H + j];
			const g = gates[z + 2 * H + j];
			const o = gates[z + 3 * H + j];
			const tc = tanh(c[before + B * H + j]);
			const dht = dh[at + j];
			const dct = dc[at + j] + dht * o * (1 - tc * tc);
			gates[z + j] = dct * g * i * (1 - i);
			gates[z + H + j] = dct * c[before + j] * f * (1 - f);
			gates[z + 2 * H + j] = dct * i * (1 - g * g);
			gates[z + 3 * H + j] = dht * tc * o * (1 - o);
			const next = dct * f;
			// What is this small would make every operation many times slower.
			dc[at + j] = next > -1e-30 && next < 1e-30 ? 0 : next;
		}
	}

	function update(): void {
		let square = 0;
		for (const gradient of gradients) for (let j = 0; j < gradient.length; j++) square += gradient[j] ** 2;
		const scale = Math.min(1, sizes.clipNorm / (Math.sqrt(square) + 1e-6));
		updates++;
		const rate = sizes.learningRate / (1 - 0.9 ** updates);
		const correction = 1 / Math.sqrt(1 - 0.999 ** updates);
		for (const [index, p] of parameters.entries())
			adam(p, gradients[index], means[index], squares[index], scale, rate, correction);
	}

	return (inputs, targets) => {
		forward(inputs);
		const result = loss(targets);
		backward();
		update();
		return result;
	};
}

function adam(
	p: Float32Array,
	gradient: Float32Array,
	m: Float32Array,
	v: Float32Array,
	scale: number,
	rate: number,
	correction: number,
): void {
	for (let j = 0; j < p.length; j++) {
		const g = gradient[j] * scale;
		m[j] = 0.9 * m[j] + 0.1 * g;
		v[j] = 0.999 * v[j] + 0.001 * g * g;
		p[j] -= (rate * m[j]) / (Math.sqrt(v[j]) * correction + 1e-8);
	}
}

function transpose(from: Float32Array, rows: number, columns: number, to: Float32Array): void {
	for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
}

function sigmoid(x: number): number {
	return 1 / (1 + Math.exp(-x));
}

/** By the exponential: faster than Math.tanh, as exact as float32 needs. */
function tanh(x: number): number {
	return 1 - 2 / (Math.exp(2 * x) + 1);
}
