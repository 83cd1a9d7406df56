// A training run that goes on where the files in its folder say, and writes what came of it: the child of killed.test.ts.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Adam, cosine, dense, dropout, embedding, gru, lstm, Model, TextData, Trainer } from "../../dist/index.js";
import { Checkpoints } from "../../dist/node.js";

const [folder, kind, engine] = process.argv.slice(2);
const text = TextData.from("the quick brown fox jumps over the lazy dog. ".repeat(12));
const { vocabSize } = text;
const files = new Checkpoints(folder, { keep: 2 });

async function fresh() {
	const layers = [
		embedding({ vocabSize, embeddingSize: 6, dropout: 0.1 }),
		lstm({ hiddenSize: 8, recurrentDropout: 0.1 }),
		dropout({ rate: 0.2 }),
		gru({ hiddenSize: 7, zoneout: { h: 0.1 } }),
		dense({ outputSize: vocabSize }),
	];
	const model = await Model.create(layers, { seed: 4, engine });
	const optimizer = new Adam({ learningRate: cosine({ from: 0.02, updates: 500 }) });
	return new Trainer(model, { loss: "crossEntropy", optimizer, clipNorm: 1, average: 0.9, seed: 8 });
}

const newest = await files.newest();
const trainer = newest ? await Trainer.load(newest) : await fresh();
const [train, held] = text.split([0.9, 0.1]);
const data = kind === "streams" ? train.streams({ rows: 3, steps: 12, overlap: 4 }) : train.windows({ steps: 10 });
await trainer.fit(data, {
	...{
		epochs: Number(process.env.EPOCHS ?? 20),
		batchSize: 5,
		accumulate: kind === "streams" ? 1 : 2,
		seed: 6,
		validation: held.windows({ steps: 10 }),
	},
	earlyStopping: { patience: 10_000, restoreBest: true },
	onStep: () => files.save(trainer),
});
await writeFile(join(folder, "result"), trainer.save());
