// The engine: arithmetic on addresses it is handed. It allocates nothing, keeps no state and throws nothing.

export { gruBackward, gruForward } from "./cells/gru";
export { gruBeforeBackward, gruBeforeForward } from "./cells/gruBefore";
export { lstmBackward, lstmForward } from "./cells/lstm";
export { rnnBackward, rnnForward } from "./cells/rnn";
export {
	copyColumns,
	copyRows,
	lastStepBackward,
	lastStepForward,
	packSteps,
	zero,
	zeroRows,
} from "./layers/copy";
export { embeddingBackward, embeddingForward } from "./layers/embedding";
export { crossEntropy } from "./losses/crossEntropy";
export { meanSquaredError } from "./losses/meanSquaredError";
export { adam } from "./optimizers/adam";
export { squareSum } from "./optimizers/norm";
export { rmsprop } from "./optimizers/rmsprop";
export { sgd } from "./optimizers/sgd";
export { weightGradient } from "./product/gradient";
export { packPlain, packTransposed } from "./product/panels";
export { project } from "./product/project";

/** First byte that the host may use: below lie the engine's constants. */
export const heapBase: usize = __heap_base;
