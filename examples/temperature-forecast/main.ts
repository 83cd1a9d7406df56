// Trains a GRU to say tomorrow's highest temperature in Seattle, and scores it beside persistence and autoregression.
//
//   npm run example -- temperature-forecast
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { AdamW, calendar, cosine, dense, gru, lastStep, Model, SeriesData, Trainer } from "bptt";
import { progressBar } from "bptt/node";
import { parse } from "csv-parse/sync";
import { type ExampleOptions, readOptions } from "../shared/options.ts";
import { autoregression, meanAbsoluteError, persistence } from "./baselines.ts";

const FILE = new URL("../data/weather.csv", import.meta.resolve("vega-datasets"));
/** Chosen, like the sizes below, by how well what was fitted on 2012 and 2013 forecast 2014. */
const STEPS = 14;
const EPOCHS = 40;
const BATCH_SIZE = 32;
const LEARNING_RATE = 0.005;
/** Days that the autoregression reads. */
const ORDER = 10;

interface Day {
	readonly temperature: number;
	readonly features: readonly number[];
}

export async function main({ minutes, seed }: ExampleOptions) {
	const days = readDays();
	console.log(`Forecast: a GRU reads ${STEPS} days of weather in Seattle and says the next day's highest temperature`);
	const lastFifth = Math.round(0.8 * days.length);
	const lastYear = days.length - 366;
	const results = [];
	for (const begin of [lastFifth, lastYear]) results.push(await compare(days, begin, seed, minutes / 2));

	console.log("\nMean absolute error in °C, one day ahead, on days held out:");
	const column = (texts: string[]) => texts.map((text) => text.padStart(16)).join("");
	console.log(`${" ".repeat(28)}${column(["last 20 %", "last 366 days"])}`);
	const row = (name: string, errors: number[]) =>
		console.log(`  ${name.padEnd(26)}${column(errors.map((e) => e.toFixed(3)))}`);
	row(
		"tomorrow as today",
		results.map(({ persistence }) => persistence),
	);
	row(
		`autoregression on ${ORDER} days`,
		results.map(({ autoregression }) => autoregression),
	);
	row(
		"GRU",
		results.map(({ gru }) => gru),
	);
	return results;
}

/** Errors of forecasts for the days from `begin` on, by what was fitted on the days before. */
async function compare(days: readonly Day[], begin: number, seed: number, minutes: number) {
	const temperatures = days.map(({ temperature }) => temperature);
	const errorOf = (forecasts: ArrayLike<number>) => meanAbsoluteError(forecasts, temperatures.slice(begin));
	return {
		persistence: errorOf(persistence(temperatures, begin)),
		autoregression: errorOf(autoregression(temperatures, begin, ORDER)),
		gru: errorOf(await forecast(days, begin, seed, minutes)),
	};
}

/** What a model trained on the days before `begin` says of each day from there on, one day ahead, in °C. */
async function forecast(days: readonly Day[], begin: number, seed: number, minutes: number): Promise<Float32Array> {
	const data = SeriesData.from(days.map(({ features }) => features));
	const share = begin / days.length;
	const [train, test] = data.split([share, 1 - share]);
	const model = await Model.create(
		[gru({ inputSize: data.features, hiddenSize: 32 }), lastStep(), dense({ outputSize: 1 })],
		{ seed },
	);
	const windows = { steps: STEPS, targets: [0] };
	const rows = train.windows(windows);
	const learningRate = cosine({ from: LEARNING_RATE, updates: EPOCHS * Math.ceil(rows.size / BATCH_SIZE) });
	const trainer = new Trainer(model, {
		loss: "meanSquaredError",
		optimizer: new AdamW({ learningRate, weightDecay: 1 }),
		clipNorm: 1,
	});
	const bar = progressBar(trainer, { epochs: EPOCHS });
	await trainer.fit(rows, { epochs: EPOCHS, batchSize: BATCH_SIZE, seed, minutes, ...bar });
	bar.stop();
	return model.predict(test.windows(windows)).unscaled as Float32Array;
}

/** Every day in Seattle, 2012 to 2015. */
function readDays(): Day[] {
	const rows: Record<string, string>[] = parse(readFileSync(FILE), {
		columns: true,
	});
	return rows
		.filter(({ location }) => location === "Seattle")
		.map((row) => {
			const temperature = Number(row.temp_max);
			const year = calendar([new Date(`${row.date}T00:00Z`)], ["dayOfYear"])[0] as number[];
			return {
				temperature,
				features: [temperature, Number(row.temp_min), Math.log1p(Number(row.precipitation)), Number(row.wind), ...year],
			};
		});
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(readOptions(process.argv.slice(2), 0.25));
