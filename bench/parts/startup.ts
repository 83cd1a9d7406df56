// Time from the import to the first prediction, each in a fresh process; and bytes that reach a browser.
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import type { EngineName } from "bptt";
import { build } from "esbuild";
import type { Part } from "../lib/part.ts";
import { percent } from "../lib/print.ts";
import { type Estimate, estimate } from "../lib/statistics.ts";

const part: Part = {
	async measure({ engine, quick }) {
		const packed = "build/first-prediction.mjs";
		await build({ ...bundling, entryPoints: [PROGRAM], outfile: packed });
		const count = quick ? 10 : 40;
		const asInstalled = start(PROGRAM, engine, count);
		const asBundled = start(packed, engine, count);
		console.log(
			`${engine}: milliseconds from import to first prediction (reach: 15): ${text(asInstalled)}; from one bundled file: ${text(asBundled)}`,
		);
		const bundle = await bundled();
		console.log(
			`bundle of an LSTM user: ${bundle.bytes} bytes minified, ${bundle.gzipped} gzipped (reach: 45 KB), ${percent(bundle.binaries / bundle.gzipped)} of them the two binaries`,
		);
		return { asInstalled, asBundled, bundle };
	},
};
export default part;

const PROGRAM = "bench/startup/first-prediction.mjs";

const bundling = { bundle: true, minify: true, format: "esm" } as const;

interface Start {
	/** Milliseconds until the package is imported. */
	readonly importing: Estimate;
	/** Until the first prediction. */
	readonly whole: Estimate;
}

/** Runs a program in fresh processes. */
function start(program: string, engine: EngineName, count: number): Start {
	const runs = Array.from({ length: count }, () =>
		JSON.parse(execFileSync(process.execPath, [program, engine], { encoding: "utf8" })),
	) as { importing: number; whole: number }[];
	return {
		importing: estimate(runs.map(({ importing }) => importing)),
		whole: estimate(runs.map(({ whole }) => whole)),
	};
}

function text({ importing, whole }: Start): string {
	return `${whole.median.toFixed(1)}, ${importing.median.toFixed(1)} of them the import`;
}

async function bundled() {
	const { outputFiles } = await build({
		...bundling,
		entryPoints: ["bench/startup/lstm-user.mjs"],
		write: false,
	});
	const { text } = outputFiles[0];
	const without = text.replace(/["'`][0-9a-f]{1000,}["'`]/g, '""');
	const gzipped = gzipped9(text);
	return {
		bytes: text.length,
		gzipped,
		binaries: gzipped - gzipped9(without),
	};
}

function gzipped9(text: string): number {
	return gzipSync(text, { level: 9 }).length;
}
