// What a page with an LSTM would hold: it trains, predicts, saves and loads.
import { Adam, dense, lastStep, lstm, Model, Trainer } from "bptt";

const model = await Model.create([lstm({ inputSize: 3, hiddenSize: 32 }), lastStep(), dense({ outputSize: 2 })]);
const trainer = new Trainer(model, {
	loss: "crossEntropy",
	optimizer: new Adam({ learningRate: 2e-3 }),
	clipNorm: 1,
});
const batch = {
	inputs: [
		[
			[1, 2, 3],
			[4, 5, 6],
		],
		[[7, 8, 9]],
	],
	targets: [0, 1],
};
for (let step = 0; step < 100; step++) trainer.step(batch);
const same = await Model.load(model.save());
document.body.textContent = String(same.predict(batch).outputs);
