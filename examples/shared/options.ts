import { parseArgs } from "node:util";

/** What every example understands. */
export interface ExampleOptions {
	/** Time to train. */
	readonly minutes: number;
	/** Of initial parameters, the order of batches and what is drawn. */
	readonly seed: number;
	/** The folder of data that neither this repository nor npm carries. */
	readonly data: string;
}

const USAGE = "Options: --minutes N, --seed N, --data FOLDER.";

/** Reads the command line; ends the process with a sentence where it cannot.
 * @param minutes Unless `--minutes` says otherwise. */
export function readOptions(args: string[], minutes: number): ExampleOptions {
	try {
		const { values } = parseArgs({
			args,
			options: {
				minutes: { type: "string" },
				seed: { type: "string" },
				data: { type: "string" },
			},
		});
		return {
			minutes: check("minutes", values.minutes ?? `${minutes}`, "a number above 0", (value) => value > 0),
			seed: check(
				"seed",
				values.seed ?? "1",
				"a whole number from 0",
				(value) => Number.isSafeInteger(value) && value >= 0,
			),
			data: values.data ?? "../shared/data",
		};
	} catch (error) {
		console.error(`${(error as Error).message.split(". ")[0]}. ${USAGE}`);
		process.exit(1);
	}
}

function check(name: string, text: string, expected: string, isRight: (value: number) => boolean): number {
	const value = Number(text);
	if (Number.isFinite(value) && isRight(value)) return value;
	throw new Error(`--${name} must be ${expected}, got "${text}"`);
}
