// Inlines every function of the files below, and the reading of a record's fields, as the decorator `@inline` would; only
// AssemblyScript could parse that. Every other function stays out of line, because V8 optimizes whole functions and never a loop
// that is already running.
import { Node } from "assemblyscript";
import binaryen from "assemblyscript/binaryen";
import { Transform } from "assemblyscript/transform";

const INLINED = [
	"assembly/lanes.ts",
	"assembly/activations.ts",
	"assembly/packing.ts",
	"assembly/cells/record.ts",
	"assembly/cells/gruRows.ts",
	"assembly/cells/hidden.ts",
	"assembly/product/tile.ts",
];

export default class InlineLanes extends Transform {
	afterParse(parser) {
		for (const source of parser.sources) {
			if (!INLINED.includes(source.normalizedPath)) continue;
			for (const statement of source.statements) {
				if (statement.signature === undefined) continue;
				const { range } = statement;
				const name = Node.createIdentifierExpression("inline", range);
				statement.decorators = [Node.createDecorator(name, null, range)];
			}
		}
	}

	afterCompile(module) {
		for (let index = 0; index < module.getNumFunctions(); index++) {
			const { name } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
			if (name.includes("#get:")) continue;
			binaryen.setPassArgument("no-inline", name);
			module.runPasses(["no-inline"]);
		}
		binaryen.setPassArgument("no-inline", null);
	}
}
