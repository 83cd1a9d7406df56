// Bundles src/ and the loader into one module: Node.js loads one file in a tenth of the time it takes for fifty, and finding
// another package takes as long as reading this one. Its types come from tsc.
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });

/** What the loader does to the world, or asks of it, when it is imported: where globals are frozen, or lack a TextDecoder,
 * that fails. The decoder is made where it is used, for strings that no kernel passes. */
const AT_LOAD = [
	[/^Object\.hasOwn = Object\.hasOwn \|\| .*?^};$/ms, ""],
	[/^const utf16 = (new TextDecoder\(.*?\));/m, "const utf16 = { decode: (bytes) => $1.decode(bytes) };"],
];

const quietLoader = {
	name: "quiet-loader",
	setup({ onLoad }) {
		onLoad({ filter: /@assemblyscript[\\/]loader[\\/]index\.js$/ }, ({ path }) => {
			let contents = `/*! @assemblyscript/loader, changed: it leaves the world alone when it is loaded. */\n${readFileSync(path, "utf8")}`;
			for (const [statement, instead] of AT_LOAD) {
				if (!statement.test(contents)) throw new Error(`The loader has no ${statement} any more: look at what it has.`);
				contents = contents.replace(statement, instead);
			}
			return { contents };
		});
	},
};

await build({
	entryPoints: ["src/index.ts"],
	outfile: "dist/index.js",
	bundle: true,
	format: "esm",
	target: "es2022",
	logLevel: "warning",
	plugins: [quietLoader],
});

/** The entry for Node.js: a module of its own, whose errors are those of the main one. It holds its progress bar. */
const mainErrors = {
	name: "main-errors",
	setup({ onResolve }) {
		onResolve({ filter: /\/errors\.ts$/ }, () => ({ path: "./index.js", external: true }));
	},
};

await build({
	entryPoints: ["src/node/index.ts"],
	outfile: "dist/node.js",
	bundle: true,
	platform: "node",
	format: "esm",
	target: "node20",
	logLevel: "warning",
	// The bar's library is older than modules.
	banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
	plugins: [mainErrors],
});
copyFileSync("node_modules/cli-progress/LICENSE.md", "dist/LICENSE-cli-progress");

// The loader's, and of what AssemblyScript puts into the binaries.
for (const file of ["LICENSE", "NOTICE"])
	copyFileSync(`node_modules/assemblyscript/${file}`, `dist/${file}-assemblyscript`);
