// A fresh process: from the import to the first prediction of a small LSTM. Prints the milliseconds. Argument: engine.
const begin = performance.now();
const { Model, lstm, lastStep, dense } = await import("bptt");
const imported = performance.now();
const model = await Model.create([lstm({ inputSize: 8, hiddenSize: 32 }), lastStep(), dense({ outputSize: 10 })], {
	engine: process.argv[2],
});
model.predict({
	inputs: new Float32Array(20 * 8),
	batchSize: 1,
	steps: 20,
});
const predicted = performance.now();
console.log(JSON.stringify({ importing: imported - begin, whole: predicted - begin }));
