// jax-js on its WebAssembly backend. It has no layers: the cell is written here, the four gates as one product, the whole
// step (loss, gradients, clipping, Adam) one jitted function, as its documentation advises.
import type { Peer } from "./task.ts";

// biome-ignore lint/suspicious/noExplicitAny: not installed where the bench is only checked, so it has no types here.
type Any = any;
const load = (name: string): Promise<Any> => import(name);

export const open: Peer["open"] = async ({ sizes, weights, inputs, targets }) => {
	const { init, defaultDevice, numpy: np, nn, jit, valueAndGrad } = await load("@jax-js/jax");
	await init("wasm");
	defaultDevice("wasm");
	const { batchSize, steps, inputSize, hiddenSize, classes } = sizes;
	const { learningRate, clipNorm } = sizes;
	const H = hiddenSize;
	const array = (values: Float32Array, shape: number[]) => np.array(values).reshape(shape);
	const transposed = (values: Float32Array, rows: number, columns: number) => {
		const to = new Float32Array(values.length);
		for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = values[i * columns + j];
		return array(to, [columns, rows]);
	};
	const timeMajor = new Float32Array(inputs.length);
	for (let row = 0; row < batchSize; row++)
		for (let t = 0; t < steps; t++)
			timeMajor.set(
				inputs.subarray((row * steps + t) * inputSize, (row * steps + t + 1) * inputSize),
				(t * batchSize + row) * inputSize,
			);
	const oneHot = new Float32Array(batchSize * classes);
	targets.forEach((id, row) => {
		oneHot[row * classes + id] = 1;
	});
	const x = array(timeMajor, [steps * batchSize, inputSize]);
	const labels = array(oneHot, [batchSize, classes]);

	const loss = (p: Any, x: Any, labels: Any) => {
		const projected = np.add(np.dot(x, p.Wx), p.b);
		const z = np.split(projected, steps, 0);
		let h = np.zeros([batchSize, H]);
		let c = np.zeros([batchSize, H]);
		for (let t = 0; t < steps; t++) {
			const Wh = t < steps - 1 ? p.Wh.ref : p.Wh;
			const gates = z[t].add(np.dot(h, Wh));
			const [i, f, g, o] = np.split(gates, 4, 1);
			c = nn
				.sigmoid(f)
				.mul(c)
				.add(nn.sigmoid(i).mul(np.tanh(g)));
			h = nn.sigmoid(o).mul(np.tanh(t < steps - 1 ? c.ref : c));
		}
		const logits = np.dot(h, p.head).add(p.headBias);
		return nn
			.logSoftmax(logits, -1)
			.mul(labels)
			.sum()
			.mul(-1 / batchSize);
	};
	const keys = ["Wx", "Wh", "b", "head", "headBias"];
	const step = jit((p: Any, m: Any, v: Any, x: Any, labels: Any, rate: Any, correction: Any) => {
		const [value, grads] = valueAndGrad(loss)(Object.fromEntries(keys.map((key) => [key, p[key].ref])), x, labels);
		const square = keys.map((key) => grads[key].ref.mul(grads[key].ref).sum()).reduce((a, b) => a.add(b));
		const norm = np.sqrt(square).add(1e-6);
		const scale = np.minimum(np.array(clipNorm).div(norm), 1);
		const next: Any = { p: {}, m: {}, v: {} };
		for (const key of keys) {
			const g = grads[key].mul(scale.ref);
			next.m[key] = m[key].mul(0.9).add(g.ref.mul(0.1));
			next.v[key] = v[key].mul(0.999).add(g.ref.mul(g).mul(0.001));
			const root = np.sqrt(next.v[key].ref).mul(correction.ref).add(1e-8);
			next.p[key] = p[key].sub(next.m[key].ref.mul(rate.ref).div(root));
		}
		scale.dispose();
		rate.dispose();
		correction.dispose();
		return { value, ...next };
	});

	const G = 4 * H;
	let p: Any = {
		Wx: transposed(weights.weight_ih, G, inputSize),
		Wh: transposed(weights.weight_hh, G, H),
		b: array(weights.bias, [G]),
		head: transposed(weights.head, classes, H),
		headBias: array(weights.headBias, [classes]),
	};
	const zeros = () => Object.fromEntries(keys.map((key) => [key, np.zeros(p[key].shape)]));
	let m: Any = zeros();
	let v: Any = zeros();
	let updates = 0;
	return async () => {
		updates++;
		const rate = np.array(learningRate / (1 - 0.9 ** updates));
		const correction = np.array(1 / Math.sqrt(1 - 0.999 ** updates));
		const next = step(p, m, v, x.ref, labels.ref, rate, correction);
		({ p, m, v } = next);
		const [value] = await next.value.data();
		return value;
	};
};
