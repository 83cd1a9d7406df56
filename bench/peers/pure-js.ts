import { pureLstm } from "./pure-js/lstm.ts";
import type { Peer } from "./task.ts";

export const open: Peer["open"] = async (task) => {
	const { sizes, weights, inputs, targets } = task;
	const step = pureLstm(sizes, weights);
	return () => step(inputs, targets);
};
