// TensorFlow.js: its LSTM layer with sigmoid gates, its Adam with PyTorch's epsilon; clipping by hand, as it has none.
import type { Peer } from "./task.ts";

// Not installed where the bench is only checked: no types.
const load = (name: string) => import(name);

export const open: Peer["open"] = async (task, backend) => {
	const { default: tf } = await load("@tensorflow/tfjs");
	if (backend === "wasm") {
		const { setWasmPaths } = await load("@tensorflow/tfjs-backend-wasm");
		const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
		setWasmPaths(`${new URL(".", entry).pathname}`);
	}
	await tf.setBackend(backend);
	await tf.ready();
	const { batchSize, steps, inputSize, hiddenSize, classes } = task.sizes;
	const { learningRate, clipNorm } = task.sizes;
	const lstm = tf.layers.lstm({
		units: hiddenSize,
		inputShape: [steps, inputSize],
		recurrentActivation: "sigmoid",
		kernelInitializer: "zeros",
		recurrentInitializer: "zeros",
	});
	const dense = tf.layers.dense({ units: classes });
	const model = tf.sequential({ layers: [lstm, dense] });
	const { weight_ih, weight_hh, bias, head, headBias } = task.weights;
	// Keras orders its gates i, f, c, o, which is ours; its matrices are transposed.
	lstm.setWeights([
		tf.tensor(weight_ih, [4 * hiddenSize, inputSize]).transpose(),
		tf.tensor(weight_hh, [4 * hiddenSize, hiddenSize]).transpose(),
		tf.tensor(bias),
	]);
	dense.setWeights([tf.tensor(head, [classes, hiddenSize]).transpose(), tf.tensor(headBias)]);
	const x = tf.tensor(task.inputs, [batchSize, steps, inputSize]);
	const labels = tf.oneHot(tf.tensor1d(task.targets, "int32"), classes);
	const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
	const loss = () => tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }));
	return async () => {
		const value = tf.tidy(() => {
			const { value, grads } = tf.variableGrads(loss);
			const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
			const norm = tf.sqrt(tf.addN(squares));
			const scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
			const clipped = Object.entries(grads).map(([name, g]) => [name, tf.mul(g, scale)]);
			optimizer.applyGradients(Object.fromEntries(clipped));
			return value;
		});
		const [result] = await value.data();
		value.dispose();
		return result;
	};
};
