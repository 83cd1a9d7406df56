export { type AlignedLabel, type Alignment, align } from "./ctc/align.ts";
export type { Found } from "./ctc/beam.ts";
export type { StepOutputs } from "./ctc/logProbabilities.ts";
export { type TranscribeOptions, type Transcription, transcribe } from "./ctc/transcribe.ts";
export { type CalendarCycle, calendar } from "./data/calendar.ts";
export type { Group } from "./data/groups.ts";
export {
	type Balance,
	type RaggedBatch,
	RaggedData,
	type RaggedInputs,
	type RaggedRows,
} from "./data/ragged.ts";
export type { BatchOptions, Parts } from "./data/rows.ts";
export { type Scale, Scaler } from "./data/scaler.ts";
export { SeriesData, type SeriesOptions } from "./data/series.ts";
export { type Series, SeriesSet, type SeriesSetOptions } from "./data/seriesSet.ts";
export { type SourceOptions, StreamData } from "./data/source.ts";
export type { ContinuedRows, StreamBatch, StreamOptions } from "./data/streams.ts";
export type { ForecastOptions, SeriesStreamOptions, SeriesWindowOptions } from "./data/stretch.ts";
export {
	TextData,
	type TextIds,
	type TextOptions,
	type TextWindowOptions,
} from "./data/text.ts";
export type { WindowBatch, Windows } from "./data/windows.ts";
export type { EngineName } from "./engine/engine.ts";
export {
	BpttError,
	DataError,
	FormatError,
	OptionError,
	ShapeError,
	TrainingError,
} from "./errors.ts";
export {
	type NamedTensor,
	readSafetensors,
	type Tensor,
	type TensorFile,
	writeSafetensors,
} from "./files/safetensors.ts";
export { type GenerateOptions, generate, type IdModel } from "./generate/generate.ts";
export { type SamplingOptions, sample } from "./generate/sampling.ts";
export {
	type ActivationRegularizationLayer,
	type ActivationRegularizationOptions,
	activationRegularization,
} from "./layers/activationRegularization.ts";
export {
	type BidirectionalLayer,
	type BidirectionalOptions,
	bidirectional,
	type Merge,
	type RecurrentLayer,
} from "./layers/bidirectional.ts";
export {
	type DenseInitializers,
	type DenseLayer,
	type DenseOptions,
	dense,
	type TiedDenseOptions,
} from "./layers/dense.ts";
export { type DropoutLayer, type DropoutOptions, dropout } from "./layers/dropout.ts";
export {
	type EmbeddingInitializers,
	type EmbeddingLayer,
	type EmbeddingOptions,
	embedding,
} from "./layers/embedding.ts";
export { type ChronoInitializer, type ChronoOptions, chrono } from "./layers/initializers/chrono.ts";
export {
	type ConstantInitializer,
	constant,
	type GlorotInitializer,
	glorot,
	type HeInitializer,
	he,
	type NormalInitializer,
	normal,
	type UniformInitializer,
	uniform,
} from "./layers/initializers/elementwise.ts";
export type {
	GateBiasInitializer,
	Initializer,
	InitializerFunction,
	MatrixInitializer,
	VectorInitializer,
} from "./layers/initializers/index.ts";
export {
	type IdentityInitializer,
	type IdentityOptions,
	identity,
	type OrthogonalInitializer,
	type OrthogonalOptions,
	orthogonal,
} from "./layers/initializers/matrices.ts";
export { type LastStepLayer, lastStep } from "./layers/lastStep.ts";
export type { Layer } from "./layers/layer.ts";
export {
	type LayerNormInitializers,
	type LayerNormLayer,
	type LayerNormOptions,
	layerNorm,
} from "./layers/layerNorm.ts";
export { type GruInitializers, type GruLayer, type GruOptions, gru } from "./layers/recurrent/gru.ts";
export { type IndRnnInitializers, type IndRnnLayer, type IndRnnOptions, indRnn } from "./layers/recurrent/indRnn.ts";
export { type LstmInitializers, type LstmLayer, type LstmOptions, lstm } from "./layers/recurrent/lstm.ts";
export { type MinGruLayer, type MinGruOptions, minGru } from "./layers/recurrent/minGru.ts";
export { type MinLstmLayer, type MinLstmOptions, minLstm } from "./layers/recurrent/minLstm.ts";
export type { CellInitializers, LinearCellInitializers } from "./layers/recurrent/recurrent.ts";
export { type RnnLayer, type RnnOptions, rnn } from "./layers/recurrent/rnn.ts";
export { type SLstmInitializers, type SLstmLayer, type SLstmOptions, sLstm } from "./layers/recurrent/sLstm.ts";
export { type ResidualLayer, residual } from "./layers/residual.ts";
export { binaryCrossEntropy } from "./losses/binaryCrossEntropy.ts";
export { type CrossEntropyOptions, crossEntropy } from "./losses/crossEntropy.ts";
export { gaussian } from "./losses/gaussian.ts";
export { type HuberOptions, huber } from "./losses/huber.ts";
export type { AnyLoss, LossName, MeaningOf, TargetKind } from "./losses/index.ts";
export type { Loss, Meaning } from "./losses/loss.ts";
export { meanAbsoluteError } from "./losses/meanAbsoluteError.ts";
export { meanSquaredError } from "./losses/meanSquaredError.ts";
export type { OwnIdLoss, OwnLoss } from "./losses/own.ts";
export { poisson } from "./losses/poisson.ts";
export { type QuantileOptions, quantile } from "./losses/quantile.ts";
export { argmax, softmax } from "./losses/softmax.ts";
export {
	accuracy,
	confusionMatrix,
	type F1Average,
	type F1Options,
	f1,
	topK,
} from "./metrics/classes.ts";
export { bits, perplexity } from "./metrics/losses.ts";
export type { LossFigures, Target } from "./metrics/meter.ts";
export {
	type Metric,
	type MetricRules,
	type MetricValues,
	metric,
} from "./metrics/metric.ts";
export { mae, r2, rmse } from "./metrics/values.ts";
export type { ExplainedCall, ExplainOptions, Explanation } from "./model/explain.ts";
export {
	type KindOf,
	Model,
	type ModelOptions,
	type Prediction,
} from "./model/model.ts";
export type { Parameter } from "./model/parameter.ts";
export type { DatasetPrediction, SequenceSet } from "./model/predictAll.ts";
export type { Step, Stream } from "./model/stream.ts";
export { Adadelta, type AdadeltaOptions } from "./optimizers/adadelta.ts";
export { Adagrad, type AdagradOptions } from "./optimizers/adagrad.ts";
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from "./optimizers/adam.ts";
export { Adamax, type AdamaxOptions } from "./optimizers/adamax.ts";
export { ASGD, type ASGDOptions } from "./optimizers/asgd.ts";
export { Lion, type LionOptions } from "./optimizers/lion.ts";
export { NAdam, type NAdamOptions } from "./optimizers/nadam.ts";
export type { Optimizer } from "./optimizers/optimizer.ts";
export { RAdam, type RAdamOptions } from "./optimizers/radam.ts";
export { RMSprop, type RMSpropOptions } from "./optimizers/rmsprop.ts";
export { SGD, type SGDOptions } from "./optimizers/sgd.ts";
export { Random } from "./random/random.ts";
export {
	type CurveOptions,
	cosine,
	exponential,
	type OneCycleOptions,
	oneCycle,
	type StepOptions,
	step,
} from "./schedules/curves.ts";
export { type PlateauOptions, plateau } from "./schedules/plateau.ts";
export type { Schedule } from "./schedules/schedule.ts";
export { warmup } from "./schedules/warmup.ts";
export type {
	AsyncDataset,
	Batch,
	Dataset,
	Inputs,
	Kind,
	Sequences,
	Source,
	SourceRow,
	States,
	TargetScale,
	Targets,
	UnscaleOptions,
	Weights,
} from "./sequences.ts";
export { Vocabulary, type VocabularyData, type VocabularyOptions, type VocabularyUnit } from "./text/vocabulary.ts";
export type { Data } from "./training/data.ts";
export type { EarlyStoppingOptions } from "./training/earlyStopping.ts";
export type { Evaluation } from "./training/evaluate.ts";
export type { EpochsOptions, FitOptions } from "./training/fitOptions.ts";
export { formatHealth } from "./training/health.ts";
export type { HealthReport, LayerHealth, LayerNorms, ParameterHealth } from "./training/inspect.ts";
export type { LoadOptions } from "./training/loading.ts";
export type { Clipping, OnNonFinite, TrainerOptions, WeightsName } from "./training/options.ts";
export type { ParameterOptions, ParametersOptions } from "./training/parameterOptions.ts";
export type { Epoch, StepReport } from "./training/reports.ts";
export type { HealthNorms } from "./training/stepHealth.ts";
export { Trainer } from "./training/trainer.ts";
