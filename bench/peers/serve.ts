// The process of one peer: opens a task, tells its first losses, then runs samples as it is told.
// Arguments: module, variant, task file.
import { createInterface } from "node:readline";
import { watch } from "../lib/clock.ts";
import { type Peer, readTask } from "./task.ts";

const [module, variant, file] = process.argv.slice(2);
const { open } = (await import(`./${module}.ts`)) as Peer;
const step = await open(readTask(file), variant);

const losses: number[] = [];
const stop = watch();
losses.push(await step());
const first = stop();
for (let i = 0; i < 4; i++) losses.push(await step());
answer({ losses, first });

for await (const line of createInterface({ input: process.stdin })) {
	const { milliseconds } = JSON.parse(line) as { milliseconds: number };
	const stop = watch();
	const end = performance.now() + milliseconds;
	let count = 0;
	do {
		await step();
		count++;
	} while (performance.now() < end);
	answer({ milliseconds: stop() / count });
}

function answer(message: object): void {
	process.stdout.write(`${JSON.stringify(message)}\n`);
}
