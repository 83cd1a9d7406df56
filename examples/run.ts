// Runs one example: npm run example -- character-model --minutes 2
import { existsSync, readdirSync } from "node:fs";
import { type ExampleOptions, readOptions } from "./shared/options.ts";

interface Example {
	readonly main: (options: ExampleOptions) => Promise<unknown>;
}

const [name = "", ...args] = process.argv.slice(2);
const mainOf = (folder: string) => new URL(`./${folder}/main.ts`, import.meta.url);
const names = readdirSync(new URL(".", import.meta.url)).filter((folder) => existsSync(mainOf(folder)));
if (!names.includes(name)) {
	console.error(`There is no example "${name}". Examples: ${names.join(", ")}.`);
	process.exit(1);
}
const options = readOptions(args, 1);
const { main }: Example = await import(mainOf(name).href);
await main(options);
