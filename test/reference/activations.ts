import { map, type Vector } from "./matrix.ts";

/** σ(z) = 1 / (1 + e^-z) */
export const sigmoid = (z: Vector): Vector => map(z, (v) => 1 / (1 + Math.exp(-v)));

export const tanh = (z: Vector): Vector => map(z, Math.tanh);

export const relu = (z: Vector): Vector => map(z, (v) => Math.max(v, 0));

/** σ'(z) from y = σ(z). */
export const sigmoidSlope = (y: Vector): Vector => map(y, (v) => v * (1 - v));

/** tanh'(z) from y = tanh(z). */
export const tanhSlope = (y: Vector): Vector => map(y, (v) => 1 - v * v);

/** relu'(z) from y = relu(z); 0 at 0, as PyTorch. */
export const reluSlope = (y: Vector): Vector => map(y, (v) => (v > 0 ? 1 : 0));

export const oneMinus = (v: Vector): Vector => map(v, (value) => 1 - value);

/** Keras' and TensorFlow.js' hard sigmoid: 0.2z + 0.5, within 0 and 1. */
export const hardSigmoid = (z: Vector): Vector => map(z, (v) => Math.min(1, Math.max(0, 0.2 * v + 0.5)));

/** Its slope from y: 0.2 between 0 and 1. */
export const hardSigmoidSlope = (y: Vector): Vector => map(y, (v) => (v > 0 && v < 1 ? 0.2 : 0));

/** σ or its hard kin, and its slope from its value. */
export const gateActivation = (hard: boolean) =>
	hard ? { of: hardSigmoid, slope: hardSigmoidSlope } : { of: sigmoid, slope: sigmoidSlope };
