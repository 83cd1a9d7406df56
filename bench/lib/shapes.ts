// The shapes that are measured, and what every training step here is: a cell, the last step, dense(10), cross-entropy,
// clipping by norm, Adam.

export const cells = ["lstm", "gru", "rnn"] as const;
export type CellName = (typeof cells)[number];

export interface Shape {
	readonly batchSize: number;
	readonly steps: number;
	readonly inputSize: number;
	readonly hiddenSize: number;
}

export const CLASSES = 10;
export const LEARNING_RATE = 2e-3;
export const CLIP_NORM = 1;

/** From batch x steps x input x hidden, as `32x50x64x128`. */
export function shapeFrom(text: string): Shape {
	const [batchSize, steps, inputSize, hiddenSize, more] = text.split("x").map(Number);
	const sizes = [batchSize, steps, inputSize, hiddenSize];
	if (more !== undefined || !sizes.every((size) => Number(size) > 0))
		throw new Error(`Shape "${text}" should be batch x steps x input x hidden, as 32x50x64x128.`);
	return { batchSize, steps, inputSize, hiddenSize };
}

export function nameOf(shape: Shape): string {
	const { batchSize, steps, inputSize, hiddenSize } = shape;
	return `${batchSize} x ${steps}, ${inputSize} -> ${hiddenSize}`;
}

export const gatesOf = { lstm: 4, gru: 3, rnn: 1 } as const;

/** Multiplications and additions that the products of a training step need; the head's, the gates' and the optimizer's
 * are not counted. The input gets no gradient. */
export function usefulOperations(cell: CellName, shape: Shape): number {
	const { batchSize, steps, inputSize, hiddenSize } = shape;
	const perGate = hiddenSize * (2 * (inputSize + hiddenSize) + hiddenSize);
	return 2 * steps * batchSize * gatesOf[cell] * perGate;
}

/** Share of the hardware's rate to reach, by shape: LSTM, GRU, RNN. */
export const reach: readonly {
	readonly shape: Shape;
	readonly share: Readonly<Record<CellName, number>>;
}[] = [
	["1x50x8x32", 0.5, 0.46, 0.38],
	["8x20x16x32", 0.7, 0.64, 0.56],
	["16x50x32x64", 0.84, 0.8, 0.74],
	["32x50x64x128", 0.88, 0.85, 0.82],
	["64x35x200x200", 0.91, 0.89, 0.86],
	["32x100x128x256", 0.9, 0.88, 0.86],
].map(([shape, lstm, gru, rnn]) => ({
	shape: shapeFrom(shape as string),
	share: { lstm, gru, rnn } as Record<CellName, number>,
}));
