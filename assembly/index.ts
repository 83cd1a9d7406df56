// The engine: arithmetic on addresses it is handed. It allocates nothing, keeps no state and throws nothing.

export { elementwiseGradient } from "./cells/elementwise";
export { gruBackward, gruForward } from "./cells/gru";
export { gruBeforeBackward, gruBeforeForward } from "./cells/gruBefore";
export { indRnnBackward, indRnnForward } from "./cells/indRnn";
export { lstmBackward, lstmForward } from "./cells/lstm";
export { lstmVariantForward } from "./cells/lstmVariant";
export { lstmVariantBackward } from "./cells/lstmVariantBack";
export { minGruBackward, minGruForward } from "./cells/minGru";
export { minLstmBackward, minLstmForward } from "./cells/minLstm";
export { addOmega, countTerms } from "./cells/omega";
export { rnnBackward, rnnForward } from "./cells/rnn";
export { sLstmBackward, sLstmForward } from "./cells/sLstm";
export { activationRegularization } from "./layers/activationRegularization";
export { dropout, dropWeights } from "./layers/dropout";
export { embeddingBackward, embeddingDropout, embeddingForward } from "./layers/embedding";
export { initialBackward, initialFill, initialForward } from "./layers/initialState";
export { lastStepBackward, lastStepForward } from "./layers/lastStep";
export { layerNormBackward, layerNormForward, layerNormGradient } from "./layers/layerNorm";
export { crossEntropy } from "./losses/crossEntropy";
export { meanSquaredError } from "./losses/meanSquaredError";
export { sumLosses } from "./losses/sum";
export { adadelta } from "./optimizers/adadelta";
export { adagrad } from "./optimizers/adagrad";
export { adam } from "./optimizers/adam";
export { adamax } from "./optimizers/adamax";
export { asgd } from "./optimizers/asgd";
export { averageParameters } from "./optimizers/average";
export { clipAdaptive, clipParameterNorm } from "./optimizers/clip";
export { lion } from "./optimizers/lion";
export { nadam } from "./optimizers/nadam";
export { clipNorm, squareSums } from "./optimizers/norm";
export { radam } from "./optimizers/radam";
export { rmsprop } from "./optimizers/rmsprop";
export { sgd } from "./optimizers/sgd";
export { weightGradient } from "./product/gradient";
export { packBlocks, packPlain, packTransposed, packVector } from "./product/panels";
export { project, projectBack } from "./product/project";
export { add, addRows, copy, copyRows, packSteps, sumRows, zero, zeroRows } from "./rows";

/** First byte that the host may use: below lie the engine's constants. */
export const heapBase: usize = __heap_base;
