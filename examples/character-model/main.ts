// Trains a character LSTM on Moby Dick, scores it beside n-gram models, lets it write, saves it and loads it again.
//
//   npm run example -- character-model --minutes 2
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
	Adam,
	dense,
	embedding,
	generate,
	lstm,
	Model,
	TextData,
	Trainer,
} from "bptt";
import { type ExampleOptions, readOptions } from "../shared/options.ts";
import { Progress } from "../shared/progress.ts";
import { ngramBits } from "./ngram.ts";

const TEXT = new URL("moby-dick.txt", import.meta.url);
const FOLDER = "build/character-model";
const STEPS = 64;
const BATCH_SIZE = 8;
const EMBEDDING_SIZE = 64;
const PROMPT = "The white whale ";

export async function main({ minutes, seed }: ExampleOptions) {
	const data = TextData.from(readFileSync(TEXT, "utf8"));
	const [train, valid, test] = data.split([0.9, 0.05, 0.05]);
	const { hiddenSize, learningRate } = settingsFor(minutes);
	const model = await Model.create(
		[
			embedding({ vocabSize: data.vocabSize, embeddingSize: EMBEDDING_SIZE }),
			lstm({ hiddenSize }),
			dense({ outputSize: data.vocabSize }),
		],
		{ seed },
	);
	const optimizer = new Adam({ learningRate, beta2: 0.99 });
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer,
		clipNorm: 1,
	});
	console.log(
		`Character model: an LSTM of ${hiddenSize} units reads Moby Dick (engine "${model.engine}")`,
	);

	const progress = new Progress();
	const done = () => progress.minutes / minutes;
	let loss = Math.log(data.vocabSize);
	for (let epoch = 0; done() < 1; epoch++) {
		const windows = train.windows({ steps: STEPS });
		for (const batch of windows.batches({
			batchSize: BATCH_SIZE,
			seed: seed + epoch,
		})) {
			const share = done();
			if (share >= 1) break;
			optimizer.learningRate = learningRate * schedule(share);
			loss += 0.02 * (trainer.step(batch) - loss);
			const bits = (loss / Math.LN2).toFixed(2);
			await progress.show(share, `${bits} bits per character`);
		}
	}
	progress.stop();

	const scoreOf = (part: TextData) => {
		const rows = part.windows({ steps: 2000 });
		return trainer.evaluate(rows, { batchSize: 8 }).loss / Math.LN2;
	};
	const bits = { valid: scoreOf(valid), test: scoreOf(test) };
	const characters = trainer.updateCount * BATCH_SIZE * STEPS;
	console.log(
		`${trainer.updateCount} updates, ${(characters / train.ids.length).toFixed(1)} times through the text; ${bits.valid.toFixed(3)} bits per character on the validation part`,
	);
	console.log("\nBits per character on the last 5 % of the text, held out:");
	ngramBits(train.ids, test.ids, { vocabSize: data.vocabSize, order: 5 })
		.map((baseline, i) => ({ baseline, name: `${i + 1}-gram` }))
		.slice(2)
		.forEach(({ baseline, name }) => {
			const verdict = bits.test < baseline ? "beaten" : "not beaten";
			console.log(`  ${name}  ${baseline.toFixed(3)}  (${verdict})`);
		});
	console.log(`  LSTM    ${bits.test.toFixed(3)}`);

	const sample = generate(model, {
		prompt: data.encode(PROMPT),
		length: 400,
		temperature: 0.7,
		seed,
	});
	console.log(`\nIt writes:\n\n${PROMPT}${data.decode(sample)}\n`);

	mkdirSync(FOLDER, { recursive: true });
	const file = `${FOLDER}/model.safetensors`;
	writeFileSync(file, model.save());
	writeFileSync(`${FOLDER}/vocabulary.json`, JSON.stringify(data.vocabulary));
	const loaded = await Model.load<"ids">(readFileSync(file));
	const [question] = test.windows({ steps: 100 }).batches({ batchSize: 8 });
	const difference = largestDifference(
		model.predict(question).outputs,
		loaded.predict(question).outputs,
	);
	console.log(
		`Saved to ${file} and loaded again: its predictions differ by ${difference}.`,
	);
	return { bits: bits.test, difference };
}

/** A larger model where there is time for it. Chosen, like the constants above, by bits per character on the validation
 * part. */
function settingsFor(minutes: number) {
	if (minutes < 3) return { hiddenSize: 160, learningRate: 0.015 };
	return { hiddenSize: 320, learningRate: 0.01 };
}

/** What the learning rate is multiplied by when `share` of the time is over: it climbs to 1 in the first 2 %, then falls
 * to 0 as a cosine does. */
function schedule(share: number): number {
	return Math.min(1, share / 0.02) * 0.5 * (1 + Math.cos(Math.PI * share));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
	return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	await main(readOptions(process.argv.slice(2), 1));
