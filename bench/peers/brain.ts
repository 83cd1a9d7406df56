// brain.js 1.6: LSTMTimeStep on one sequence. Not the same work: batch of one with an update after each sequence, RMSprop,
// no cell state, wrong gradients (its cell reads h where it should read c). So its time only, and no loss beside ours.
import type { Peer } from "./task.ts";

const load = (name: string) => import(name);

export const open: Peer["open"] = async ({ sizes, inputs }) => {
	const { default: brain } = await load("brain.js");
	const { steps, inputSize, hiddenSize } = sizes;
	const network = new brain.recurrent.LSTMTimeStep({
		inputSize,
		hiddenLayers: [hiddenSize],
		outputSize: inputSize,
	});
	const sequence = Array.from({ length: steps }, (_, t) =>
		Array.from(inputs.subarray(t * inputSize, (t + 1) * inputSize)),
	);
	return () => {
		network.train([sequence], { iterations: 1, errorThresh: 1e-9 });
		return 0;
	};
};
