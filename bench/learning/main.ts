// npm run learn -- NAME [--seeds 3] [--first 1] [--network lstm] [--updates N]
// Trains on a task of a paper, once for each seed, and prints what it took beside what the paper reports. A whole run (all networks,
// seeds from 1 on, three or more) is written to bench/learning/results/.
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { adding } from "./adding.ts";
import { type Experiment, type Outcome, run } from "./experiment.ts";
import { temporalOrder } from "./temporalOrder.ts";

const experiments: Readonly<Record<string, () => Experiment>> = {
	"adding-100": () => adding(100),
	"adding-500": () => adding(500),
	"adding-1000": () => adding(1000),
	"temporal-order-2": () => temporalOrder(2),
	"temporal-order-3": () => temporalOrder(3),
};

function refuse(sentence: string): never {
	console.error(sentence);
	process.exit(1);
}

function options() {
	try {
		return parseArgs({
			allowPositionals: true,
			options: {
				seeds: { type: "string", default: "3" },
				first: { type: "string", default: "1" },
				network: { type: "string" },
				updates: { type: "string" },
			},
		});
	} catch (error) {
		return refuse(`learn: ${(error as Error).message}`);
	}
}

function whole(name: string, text: string): number {
	const value = Number(text);
	return Number.isSafeInteger(value) && value > 0
		? value
		: refuse(`learn: --${name} must be a positive whole number, got "${text}".`);
}

const { values, positionals } = options();
const [name = ""] = positionals;
const experiment = experiments[name]?.();
if (experiment === undefined)
	refuse(`learn: no experiment "${name}"; there are ${Object.keys(experiments).join(", ")}.`);
const networks = Object.keys(experiment.networks);
if (values.network !== undefined && !networks.includes(values.network))
	refuse(`learn: no network "${values.network}" for ${name}; there are ${networks.join(", ")}.`);
const seeds = whole("seeds", values.seeds);
const first = whole("first", values.first);
const limit = values.updates === undefined ? undefined : whole("updates", values.updates);

console.log(`${experiment.title}\nThe paper: ${experiment.paper}\n`);
const outcomes: Outcome[] = [];
for (const network of values.network ? [values.network] : networks)
	for (let seed = first; seed < first + seeds; seed++) {
		const outcome = await run(experiment, network, seed, limit);
		const { updates, sequences, seconds, isSolved, wrong, tested } = outcome;
		console.log(
			`${network}, seed ${seed}: ${isSolved ? "solved" : "not solved"} after ${updates} updates (${sequences} sequences, ${seconds.toFixed(0)} s); ${wrong} of ${tested} wrong`,
		);
		outcomes.push(outcome);
	}
if (limit === undefined && values.network === undefined && first === 1 && seeds >= 3) {
	mkdirSync("bench/learning/results", { recursive: true });
	const { title, paper } = experiment;
	writeFileSync(`bench/learning/results/${name}.json`, `${JSON.stringify({ title, paper, outcomes }, null, "\t")}\n`);
}
