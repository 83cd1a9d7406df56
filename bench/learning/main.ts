// npm run learn -- NAME [--seeds 3] [--first 1] [--network lstm] [--updates N]
// npm run learn -- page
// Trains on a task of a paper, once for each seed, and prints what it took beside what the paper reports. A whole run (all networks,
// seeds from 1 on, three or more) is written to bench/learning/results/; `page` makes
// one page of what is there.
import { parseArgs } from "node:util";
import type { Outcome } from "./experiment.ts";
import { experiments } from "./registry.ts";
import { save, savePage } from "./results.ts";

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
if (name === "page") {
	savePage();
	process.exit();
}
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
		const outcome = await experiment.run(network, seed, limit);
		const { updates, sequences, seconds, isSolved } = outcome;
		console.log(
			`${network}, seed ${seed}: ${isSolved === undefined ? "" : isSolved ? "solved " : "not solved "}after ${updates} updates (${sequences} sequences, ${seconds.toFixed(0)} s); ${experiment.figure([outcome])}`,
		);
		outcomes.push(outcome);
	}
if (limit === undefined && values.network === undefined && first === 1 && seeds >= 3) save(name, experiment, outcomes);
