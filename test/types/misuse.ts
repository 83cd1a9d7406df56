// What must not compile, and what must: checked by tsc, never run.
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	activationRegularization,
	type Batch,
	bidirectional,
	confusionMatrix,
	constant,
	crossEntropy,
	dense,
	dropout,
	embedding,
	f1,
	gru,
	huber,
	indRnn,
	type Layer,
	Lion,
	type LossName,
	lastStep,
	layerNorm,
	lstm,
	Model,
	metric,
	NAdam,
	type OwnLoss,
	type Prediction,
	perplexity,
	quantile,
	RAdam,
	RaggedData,
	RMSprop,
	residual,
	rnn,
	SeriesData,
	SGD,
	TextData,
	Trainer,
	topK,
	transcribe,
	Vocabulary,
} from "../../src/index.ts";

const optimizer = new Adam();
const ids = await Model.create([
	embedding({ vocabSize: 5, embeddingSize: 2 }),
	lstm({ hiddenSize: 3 }),
	dense({ outputSize: 5 }),
]);
const values = await Model.create([gru({ inputSize: 2, hiddenSize: 3 }), lastStep(), dense({ outputSize: 1 })], {
	seed: 1,
	engine: "auto",
});
const flat = { batchSize: 2, steps: 2 };
const i32 = new Int32Array(4);
const u8 = new Uint8Array(4);
const f32 = new Float32Array(4);
const f64 = new Float64Array(4);

// A model that eats ids refuses values, and the other way round.
ids.predict({ ...flat, inputs: i32 });
ids.predict({ ...flat, inputs: u8, lengths: [2, 1] });
ids.predict({ inputs: [[1, 2, 3], [4]] });
ids.predict({ inputs: [new Uint16Array(2), [1, 2]] as const });
// @ts-expect-error values for a model that eats ids
ids.predict({ ...flat, inputs: f32 });
// @ts-expect-error
ids.predict({ ...flat, inputs: f64 });
// @ts-expect-error
ids.predict({ inputs: [[[0.5, 1]]] });
// @ts-expect-error flat inputs are typed arrays
ids.predict({ inputs: [1, 2, 3] });
// @ts-expect-error
ids.predict({ ...flat, inputs: new BigInt64Array(4) });
// @ts-expect-error
ids.predict({ ...flat, inputs: "text" });
// @ts-expect-error
ids.predict([[1, 2]]);
values.predict({ ...flat, inputs: f32 });
values.predict({ ...flat, inputs: f64 });
values.predict({ inputs: [[[0.5, 1]], [[1, 2]]] });
values.predict({ inputs: [[f32, f64, [1]]] });
// @ts-expect-error ids for a model that eats values
values.predict({ ...flat, inputs: i32 });
// @ts-expect-error
values.predict({ inputs: [[1, 2]] });

// A model's kind follows its first layer, and is open where that is not known.
const typedIds: Model<"ids"> = ids;
const typedValues: Model<"values"> = values;
// @ts-expect-error
const wrongKind: Model<"values"> = ids;
const anyModels: Model[] = [ids, values];
const list: Layer[] = [rnn({ inputSize: 1, hiddenSize: 1 })];
const open = await Model.create(list);
open.predict({ ...flat, inputs: i32 });
open.predict({ ...flat, inputs: f32 });
const loaded = await Model.load<"ids">(ids.save());
loaded.predict({ inputs: [[1]] });
// @ts-expect-error
loaded.predict({ ...flat, inputs: f32 });
const whatever = await Model.load(new ArrayBuffer(8), { engine: "portable" });
whatever.predict({ ...flat, inputs: f32 });
whatever.predict({ inputs: [[1]] });

// A stream takes what its model eats.
ids.stream().push(3);
values.stream().push([0.5, 1]);
values.stream().push(f64, f32);
// @ts-expect-error
ids.stream().push([3]);
// @ts-expect-error
values.stream().push(3);

// A trainer refuses targets that are not its loss's.
const classes = new Trainer(ids, { loss: "crossEntropy", optimizer });
const numbers = new Trainer(values, { loss: "meanSquaredError", optimizer });
classes.step({
	inputs: [[1, 2], [3]],
	targets: [[1, 2], [3]],
	weights: [1, 2],
});
classes.step({ inputs: [[1, 2], [3]], targets: [4, 3] });
classes.step({ ...flat, inputs: i32, targets: u8 });
// @ts-expect-error values for a loss that wants class ids
classes.step({ ...flat, inputs: i32, targets: f32 });
// @ts-expect-error
classes.gradients({ inputs: [[1]], targets: [[[0.5]]] });
// @ts-expect-error
classes.evaluate({ ...flat, inputs: i32, targets: f32 });
// @ts-expect-error
classes.fit({ ...flat, inputs: i32, targets: f32 });
// @ts-expect-error values for a model that eats ids
classes.step({ ...flat, inputs: f32, targets: u8 });
// @ts-expect-error no targets
classes.step({ inputs: [[1]] });
numbers.step({ inputs: [[[1, 2]]], targets: [[0.5]] });
numbers.step({ ...flat, inputs: f32, targets: f64 });
// @ts-expect-error class ids for a loss that wants values
numbers.step({ inputs: [[[1, 2]]], targets: i32 });
// A loss with options carries its kind, and so does one of the user's own.
const smooth = new Trainer(ids, { loss: crossEntropy({ labelSmoothing: 0.1 }), optimizer });
smooth.step({ inputs: [[1]], targets: [[1]] });
// @ts-expect-error values for a loss that wants class ids
smooth.step({ ...flat, inputs: i32, targets: f32 });
const interval = new Trainer(values, { loss: quantile({ levels: [0.1, 0.9] }), optimizer });
interval.step({ ...flat, inputs: f32, targets: f64 });
// @ts-expect-error class ids for a loss that wants values
interval.step({ ...flat, inputs: f32, targets: i32 });
const own = new Trainer(values, {
	loss: { name: "own", loss: (outputs: Float32Array, targets: Float32Array) => outputs[0] - targets[0] },
	optimizer,
});
own.step({ ...flat, inputs: f32, targets: f64 });
// @ts-expect-error class ids for a loss of values
own.step({ ...flat, inputs: f32, targets: i32 });
// @ts-expect-error
crossEntropy({ labelsmoothing: 0.1 });
// @ts-expect-error
huber({ detla: 1 });
// @ts-expect-error
quantile({});
// @ts-expect-error no function
const noOwn: OwnLoss = { name: "own" };
// @ts-expect-error
const misspelt: OwnLoss = { name: "own", loss: () => 0, output: 2 };
void [noOwn, misspelt];
values.predict({ inputs: [[[1, 2]]] }, { loss: "gaussian" }).deviation satisfies Float32Array;
values.predict({ inputs: [[[1, 2]]] }, { loss: quantile({ levels: [0.5] }) })
	.quantiles satisfies readonly Float32Array[];
const loss = "crossEntropy" as LossName;
const either = new Trainer(ids, { loss, optimizer });
either.step({ inputs: [[1]], targets: [[1]] });
either.step({ ...flat, inputs: i32, targets: f32 });
const anyTrainers: Trainer[] = [either];

// Data: each kind to its trainer.
const text = TextData.from("to be or not to be");
const series = SeriesData.from([1, 2, 3, 4, 5, 6]);
const labelled = RaggedData.from({ inputs: [[1, 2], [3]], targets: [0, 1] });
await classes.fit(text.windows({ steps: 4 }), { batchSize: 2 });
await classes.fit(labelled, { validation: labelled });
await numbers.fit(series.windows({ steps: 2 }), { epochs: 2 });
// @ts-expect-error a text for a model that eats values
await numbers.fit(text.windows({ steps: 4 }));
// @ts-expect-error a series for a model that eats ids
await classes.fit(series.windows({ steps: 2 }));
const batch: Batch<"ids", "ids"> = { inputs: [[1]], targets: [[1]] };
classes.step(batch);
// @ts-expect-error
numbers.step(batch);

// Misspelt options do not compile; nor, where no other option is there, through a variable.
// @ts-expect-error
lstm({ hidenSize: 3 });
// @ts-expect-error
lstm({ hiddenSize: 3, forgetbias: 1 });
// @ts-expect-error
rnn({ hiddenSize: 3, activation: "sigmoid" });
// @ts-expect-error
gru({ hiddenSize: 3, reset: true });
// @ts-expect-error
dense({ outputSize: 3, units: 3 });
dense({ tied: "embedding" });
dense({ tied: "embedding", outputSize: 3, initializers: { bias: constant(0) } });
// @ts-expect-error nothing to take its size from
dense({});
// @ts-expect-error tied to what
dense({ tied: true });
// @ts-expect-error the embedding's
dense({ tied: "embedding", initializers: { weight: constant(0) } });
// @ts-expect-error
embedding({ vocabSize: 3, embedingSize: 3 });
// @ts-expect-error
bidirectional(dense({ outputSize: 1 }));
// @ts-expect-error
bidirectional(lastStep());
bidirectional(gru({ hiddenSize: 1 }), { merge: "sum" });
// @ts-expect-error no such merge
bidirectional(gru({ hiddenSize: 1 }), { merge: "max" });
// @ts-expect-error misspelt
bidirectional(gru({ hiddenSize: 1 }), { marge: "sum" });
residual([layerNorm(), gru({ hiddenSize: 1 })]);
// @ts-expect-error a list
residual(layerNorm());
// @ts-expect-error not called
residual([layerNorm]);
// @ts-expect-error no such option
layerNorm({ size: 3 });
lstm({ hiddenSize: 3, weightDropout: 0.5 });
gru({ hiddenSize: 3, reset: "before", weightDropout: undefined });
// @ts-expect-error a rate
rnn({ hiddenSize: 3, weightDropout: true });
// @ts-expect-error nothing to drop
indRnn({ hiddenSize: 3, weightDropout: 0.5 });
embedding({ vocabSize: 3, embeddingSize: 2, dropout: 0.1 });
// @ts-expect-error a rate
embedding({ vocabSize: 3, embeddingSize: 2, dropout: "0.1" });
dropout({ rate: 0.5, shared: "steps" });
// @ts-expect-error a rate
dropout({});
// @ts-expect-error no such sharing
dropout({ rate: 0.5, shared: "rows" });
activationRegularization({ change: 1 });
// @ts-expect-error weights
activationRegularization();
// @ts-expect-error misspelt
activationRegularization({ activations: 2 });
// @ts-expect-error
lastStep({ step: 1 });
// @ts-expect-error
Model.create(list, { sed: 1 });
// @ts-expect-error
Model.create(list, { engine: "gpu" });
// @ts-expect-error
Model.create(lstm({ hiddenSize: 1 }));
// @ts-expect-error
Model.load(ids.save(), { seed: 1 });
// @ts-expect-error
new Trainer(ids, { loss: "crossentropy", optimizer });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer, clipnorm: 1 });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer, clipAdaptive: "0.01" });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer, onNonFinite: "ignore" });
new Trainer(ids, { loss: "crossEntropy", optimizer, onNonFinite: "skip" }).skippedCount satisfies number;
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer: "adam" });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy" });
// @ts-expect-error a promise
new Trainer(Model.create(list), { loss: "crossEntropy", optimizer });
// @ts-expect-error
new Adam({ lr: 0.1 });
// @ts-expect-error
new AdamW({ learningrate: 0.1 });
new Adam({ decoupledWeightDecay: true });
// @ts-expect-error
new Adam({ decoupledWeightDecay: 0.1 });
// @ts-expect-error its weight decay is decoupled already
new AdamW({ decoupledWeightDecay: false });
// @ts-expect-error
new RMSprop({ rho: 0.1 });
// @ts-expect-error
new SGD({ nesterov: 1 });
new NAdam({ momentumDecay: 0.01, decoupledWeightDecay: true });
new RAdam({ weightDecay: undefined });
// @ts-expect-error PyTorch's has none
new Adamax({ decoupledWeightDecay: true });
new Adagrad({ learningRateDecay: 0.1, initialAccumulatorValue: 1 });
// @ts-expect-error
new Adadelta({ alpha: 0.9 });
new ASGD({ lambd: 0, t0: 0 });
// @ts-expect-error misspelt
new ASGD({ lambda: 0 });
// @ts-expect-error
new ASGD({ nonMonoton: 5 });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer, averages: 0.9 });
// @ts-expect-error
classes.evaluate(labelled, { weights: "averaged" });
// @ts-expect-error
new Trainer(ids, { loss: "crossEntropy", optimizer, parameters: { "*bias*": { weightDeacy: 0 } } });
// @ts-expect-error it has none
new Lion({ epsilon: 1e-8 });
new Trainer(ids, { loss: "crossEntropy", optimizer }).slot("m").get("0.weight") satisfies Float32Array | undefined;
const rate = { lr: 0.1 };
// @ts-expect-error
new SGD(rate);
const sizes = { hiden: 3 };
// @ts-expect-error
lstm(sizes);
// @ts-expect-error
classes.fit(labelled, { epoch: 1 });
// @ts-expect-error: accumulate, misspelt
classes.fit(labelled, { acumulate: 4 });
// @ts-expect-error
classes.evaluate(labelled, { batchsize: 1 });
// @ts-expect-error
classes.step({ inputs: [[1]], targets: [[1]], weigths: [1] });
// @ts-expect-error
ids.predict({ inputs: [[1]], length: [1] });
// @ts-expect-error
ids.explain({ batch: 1 });
ids.explain({ purpose: "train", loss: "meanSquaredError", optimizer });
ids.explain({ purpose: "stream" }).calls[0]?.phase satisfies string | undefined;
// @ts-expect-error
ids.explain({ purpose: "fit" });
// @ts-expect-error
ids.explain({ purpose: "train", optimizer: "adam" });

// Metrics are in results under their names, each with its type.
const measured = classes.evaluate(labelled, { metrics: [topK(2), f1({ average: "perClass" }), confusionMatrix()] });
measured.top2 satisfies number;
measured.f1 satisfies Float64Array;
measured.confusionMatrix[0]?.[0] satisfies number | undefined;
// @ts-expect-error
measured.top3;
classes.fit(labelled, {
	validation: labelled,
	metrics: [perplexity(), f1()],
	earlyStopping: { patience: 1, figure: "f1" },
	onEpoch: (epoch) => epoch.f1 + epoch.perplexity + (epoch.validation?.f1 ?? 0),
});
// @ts-expect-error
classes.fit(labelled, { metrics: [f1()], earlyStopping: { patience: 1, figure: "f2" } });
// @ts-expect-error
classes.evaluate(labelled, { metrics: ["f1"] });
// @ts-expect-error
f1({ averages: "macro" });
const signed = metric({
	...{ name: "signed", targets: "values", better: "lower" },
	begin: () => new Float64Array(1),
	see: (kept, outputs, target: Float32Array, weight) => void kept.fill(weight * outputs[0] - target[0]),
	result: ([sum]) => sum,
});
signed.name satisfies "signed";

// What a loss means has the loss's type; a dataset gives rows.
ids.predict({ inputs: [[1]] }, { loss: "crossEntropy" }).probabilities satisfies Float32Array;
values.predict({ inputs: [[[1, 2]]] }, { loss: "meanSquaredError" }).mean satisfies Float32Array;
// @ts-expect-error squared errors mean no probabilities
values.predict({ inputs: [[[1, 2]]] }, { loss: "meanSquaredError" }).probabilities;
// @ts-expect-error without a loss there is no meaning
ids.predict({ inputs: [[1]] }).probabilities;
ids.predict(TextData.from("abc").windows({ steps: 1 }), { batchSize: 4 }).rows satisfies readonly Float32Array[];
// @ts-expect-error values for a model that eats ids
ids.predict(SeriesData.from([1, 2, 3]).windows({ steps: 1 }));
// @ts-expect-error
ids.predict({ inputs: [[1]] }, { loss: "crossentropy" });
// @ts-expect-error
ids.predict(TextData.from("abc").windows({ steps: 1 }), { batchsize: 4 });

// What may be left out may be undefined.
new Trainer(ids, { loss: "crossEntropy", optimizer, clipNorm: undefined, onNonFinite: undefined });
new Trainer(ids, { loss: "crossEntropy", optimizer, clipAdaptive: undefined, clipParameterNorm: undefined });
new Trainer(ids, { loss: "crossEntropy", optimizer, omega: undefined });
new Adam({ learningRate: undefined, decoupledWeightDecay: undefined });
new SGD({ momentum: undefined, nesterov: undefined });
new RMSprop({ centered: undefined });
lstm({ hiddenSize: 3, inputSize: undefined, forgetBias: undefined });
gru({ hiddenSize: 3, inputSize: undefined, reset: undefined });
rnn({ hiddenSize: 3, inputSize: undefined, activation: undefined });
dense({ outputSize: 3, inputSize: undefined });
ids.explain({ batchSize: undefined, steps: undefined, purpose: undefined, loss: undefined, optimizer: undefined });
classes.fit(labelled, { epochs: undefined, validation: undefined });
classes.evaluate(labelled, { batchSize: undefined, metrics: undefined });

// Results are what they are, and nothing is there to be written by accident.
const { outputs, shape, finalState }: Prediction = ids.predict({
	inputs: [[1]],
	initialState: ids.predict({ inputs: [[0]] }).finalState,
});
outputs.set([1]);
finalState.get("1.h")?.at(0);
// Of data that come bit by bit an evaluation is promised, and kinds are told apart as those of a batch are.
async function* idRows() {
	yield { input: [1, 2], target: [1, 2] };
}
async function* valueBatches() {
	yield { inputs: [[[0.5, 1]]], targets: [[0.5]] };
}
await classes.fit(idRows, { validation: idRows() });
await numbers.fit(valueBatches);
const promised: Promise<{ loss: number }> = numbers.evaluate(valueBatches());
// @ts-expect-error values for a model that eats ids
await classes.fit(valueBatches);
// @ts-expect-error ids for a model that eats values
await numbers.evaluate(idRows);
// @ts-expect-error the loss is not there yet
numbers.evaluate(valueBatches).loss;
void promised;
const accuracy: number | undefined = classes.evaluate(labelled).accuracy;
const bias: Float32Array | undefined = ids.parameters.get("1.bias")?.read();
optimizer.learningRate = 0.1;
// @ts-expect-error
shape[0] = 1;
// @ts-expect-error
ids.parameters.clear();
// @ts-expect-error
ids.layers.push(lastStep());
// @ts-expect-error
ids.engine = "fast";
// @ts-expect-error
classes.gradientNorm = 0;
// @ts-expect-error
ids.parameters.get("1.bias")?.write("text");

const resumed = await Trainer.load<"ids", "crossEntropy">(classes.save(), { engine: "portable" });
await resumed.fit(labelled, { resume: false });
// @ts-expect-error misspelt
await Trainer.load(classes.save(), { optimiser: optimizer });
// @ts-expect-error misspelt
await resumed.fit(labelled, { resum: false });
// @ts-expect-error another trainer's model eats ids
resumed.model.predict({ inputs: [[[0.5]]] });
// @ts-expect-error a trainer's model stays the same
resumed.model = ids;
// @ts-expect-error misspelt
transcribe({ outputs: new Float32Array(3), shape: [1, 1, 3] }, { beam: 4 });
// @ts-expect-error no such unit
Vocabulary.from(["a"], { unit: "syllable" });

void [typedIds, typedValues, wrongKind, anyModels, anyTrainers, accuracy, bias];
