// The engine: arithmetic on addresses it is handed. It allocates nothing, keeps no state and throws nothing.

export { adam } from "./adam";
export {
	copyColumns,
	copyRows,
	lastStepBackward,
	lastStepForward,
	packSteps,
	zero,
	zeroRows,
} from "./copy";
export { crossEntropy } from "./crossEntropy";
export { project } from "./dense";
export { embeddingBackward, embeddingForward } from "./embedding";
export { weightGradient } from "./gradient";
export { gruBackward, gruForward } from "./gru";
export { gruBeforeBackward, gruBeforeForward } from "./gruBefore";
export { lstmBackward, lstmForward } from "./lstm";
export { meanSquaredError } from "./meanSquaredError";
export { squareSum } from "./norm";
export { packPlain, packTransposed } from "./pack";
export { rmsprop } from "./rmsprop";
export { rnnBackward, rnnForward } from "./rnn";
export { sgd } from "./sgd";

/** First byte that the host may use: below lie the engine's constants. */
export const heapBase: usize = __heap_base;
