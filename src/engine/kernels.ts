/** How a call of a kernel may be divided among threads: by packed rows, by columns of its result, by elements, or not. */
export type Cut = "rows" | "columns" | "elements" | "whole";

/** Every kernel of the engine: the exports of `assembly/index.ts`, once more by hand, since how each may be cut is known
 * here only; test/engine-exports.test.ts holds the two lists against each other. What each computes, and its arguments,
 * stand in `assembly/`. */
export const kernelCuts = {
	adam: "elements",
	copyColumns: "rows",
	copyRows: "rows",
	crossEntropy: "rows",
	embeddingBackward: "columns",
	embeddingForward: "rows",
	gruBackward: "rows",
	gruBeforeBackward: "rows",
	gruBeforeForward: "rows",
	gruForward: "rows",
	lastStepBackward: "rows",
	lastStepForward: "rows",
	lstmBackward: "rows",
	lstmForward: "rows",
	meanSquaredError: "rows",
	packPlain: "columns",
	packSteps: "rows",
	packTransposed: "columns",
	project: "rows",
	rmsprop: "elements",
	rnnBackward: "rows",
	rnnForward: "rows",
	sgd: "elements",
	squareSum: "whole",
	weightGradient: "columns",
	zero: "elements",
	zeroRows: "rows",
} as const satisfies Record<string, Cut>;

export type KernelName = keyof typeof kernelCuts;

/** The engine's exports: pure functions over addresses. */
export type Kernels = Readonly<Record<KernelName, (...args: readonly number[]) => number>>;
