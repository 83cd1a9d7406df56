// Trains a character LSTM on Moby Dick, scores it beside n-gram models, lets it write, saves it and loads it again.
//
//   npm run example -- character-model --minutes 2
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Adam, dense, embedding, generate, lstm, Model, TextData, Trainer } from "bptt";
import { progressBar } from "bptt/node";
import { type ExampleOptions, readOptions } from "../shared/options.ts";
import { ngramBits } from "./ngram.ts";

type CharacterTrainer = Trainer<"ids", "crossEntropy">;

const TEXT = new URL("moby-dick.txt", import.meta.url);
const FOLDER = "build/character-model";
const PROMPT = "The white whale ";

const STEPS = 64;
const BATCH_SIZE = 8;
const EMBEDDING_SIZE = 64;
/** Shorter memory than the usual 0.999: there are only thousands of updates. */
const BETA2 = 0.99;

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
	const begin = Date.now();
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		// The learning rate follows the clock, so a slow machine ends in time, too.
		optimizer: new Adam({
			learningRate: () => learningRate * schedule(Math.min(1, (Date.now() - begin) / 60_000 / minutes)),
			beta2: BETA2,
		}),
		clipNorm: 1,
	});
	console.log(`Character model: an LSTM of ${hiddenSize} units reads Moby Dick (engine "${model.engine}")`);
	const bar = progressBar(trainer, { minutes });
	await trainer.fit(train.windows({ steps: STEPS }), { batchSize: BATCH_SIZE, seed, minutes, ...bar });
	bar.stop();

	const rounds = (trainer.updateCount * BATCH_SIZE * STEPS) / train.ids.length;
	const validBits = bitsOf(trainer, valid).toFixed(3);
	console.log(
		`${trainer.updateCount} updates, ${rounds.toFixed(1)} times through the training part; ${validBits} bits per character on the validation part`,
	);
	const bits = compare(trainer, train, test);
	const sample = generate(model, {
		prompt: data.encode(PROMPT),
		length: 400,
		temperature: 0.7,
		seed,
	});
	console.log(`\nIt writes:\n\n${PROMPT}${data.decode(sample)}\n`);
	const difference = await reload(model, data, test);
	return { bits, difference };
}

/** Bits per character. The text is read in rows of 2,000, and every character but the first of the text is scored once;
 * at the start of a row the model remembers nothing. */
function bitsOf(trainer: CharacterTrainer, part: TextData): number {
	const rows = part.windows({ steps: 2000 });
	return trainer.evaluate(rows, { batchSize: 8 }).loss / Math.LN2;
}

function compare(trainer: CharacterTrainer, train: TextData, test: TextData): number {
	const bits = bitsOf(trainer, test);
	console.log("\nBits per character on the last 5 % of the text, held out:");
	const sizes = { vocabSize: train.vocabSize, order: 5 };
	for (const [i, baseline] of ngramBits(train.ids, test.ids, sizes).entries()) {
		if (i < 2) continue;
		const verdict = bits < baseline ? "beaten" : "not beaten";
		console.log(`  ${i + 1}-gram  ${baseline.toFixed(3)}  (${verdict})`);
	}
	console.log(`  LSTM    ${bits.toFixed(3)}`);
	return bits;
}

/** Saves the model, loads it again; how far their predictions are apart. */
async function reload(model: Model<"ids">, data: TextData, test: TextData): Promise<number> {
	mkdirSync(FOLDER, { recursive: true });
	const file = `${FOLDER}/model.safetensors`;
	writeFileSync(file, model.save());
	writeFileSync(`${FOLDER}/vocabulary.json`, JSON.stringify(data.vocabulary));
	const loaded = await Model.load<"ids">(readFileSync(file));
	const [batch] = test.windows({ steps: 100 }).batches({ batchSize: 8 });
	const before = model.predict(batch).outputs;
	const after = loaded.predict(batch).outputs;
	const difference = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i])), 0);
	console.log(`Saved to ${file} and loaded again: its predictions differ by ${difference}.`);
	return difference;
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(readOptions(process.argv.slice(2), 1));
