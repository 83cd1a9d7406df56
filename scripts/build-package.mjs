// Bundles src/ into one module: Node.js loads one file in a tenth of the time it takes for fifty. Its types come from tsc.
import { rmSync } from "node:fs";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });

await build({
	entryPoints: ["src/index.ts"],
	outfile: "dist/index.js",
	bundle: true,
	format: "esm",
	target: "es2022",
	external: ["@assemblyscript/loader"],
	logLevel: "warning",
});
