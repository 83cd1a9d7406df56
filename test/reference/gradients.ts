import { type Matrix, matrix, type Vector } from "./matrix.ts";

/** The gradients of parameters, each named `d` and its parameter: `{ Wh, b }` has `{ dWh, db }`. */
export type Gradients<P> = {
	readonly [K in keyof P & string as `d${K}`]: P[K];
};

/** Names tensors shaped like parameters as their gradients; shares their memory. */
export function asGradients<P extends object>(tensors: P): Gradients<P> {
	return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`d${name}`, tensor])) as Gradients<P>;
}

export function zeroGradients<P extends object>(parameters: P): Gradients<P> {
	const zeros = Object.entries(parameters).map(([name, tensor]: [string, Matrix | Vector]) => [
		name,
		tensor instanceof Float64Array ? new Float64Array(tensor.length) : matrix(tensor.rows, tensor.columns),
	]);
	return asGradients(Object.fromEntries(zeros) as P);
}
