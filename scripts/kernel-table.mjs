// Reads from assembly/ what the host must know of every exported kernel: its operands by name, in order, and from its
// docstring which of them it writes (`writes`), changes (`updates`) or uses as scratch (`scratch`), which may lie over which
// (`dz may be gates`), along what its work may be cut (`cut`), and whether it works on a span of its packing's steps (`spans`).
import { NodeKind } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const ENTRY = "assembly/index.ts";
const EFFECTS = ["writes", "updates", "scratch"];
const SECTIONS = ["reads", ...EFFECTS, "cut", "spans", "cost"];
/** What the host hands over for a parameter or field of each type. */
const KINDS = { usize: "place", bytes: "i32", i32: "i32", f32: "f32", f64: "f64" };

export default class KernelTable extends Transform {
	afterParse(parser) {
		const declarations = new Map();
		for (const source of parser.sources.filter(({ normalizedPath }) => normalizedPath.startsWith("assembly/")))
			for (const statement of source.statements)
				if (statement.kind === NodeKind.FunctionDeclaration || statement.kind === NodeKind.ClassDeclaration)
					declarations.set(statement.name.text, { statement, text: source.text });
		const entry = parser.sources.find(({ normalizedPath }) => normalizedPath === ENTRY);
		if (entry === undefined) return;
		const names = entry.statements
			.filter(({ kind }) => kind === NodeKind.Export)
			.flatMap(({ members }) => members.map(({ localName }) => localName.text));
		KernelTable.kernels = names.sort().map((name) => [name, describe(name, declarations)]);
	}
}

function describe(name, declarations) {
	const { statement, text } = declarations.get(name);
	const parameters = statement.signature.parameters.map(typed);
	const isCut = parameters.at(-1)?.name === "end";
	const given = isCut ? parameters.slice(0, -2) : parameters;
	const record = declarations.get(given[0].type);
	const fields = record === undefined ? given : fieldsOf(record.statement, declarations);
	const sections = sectionsOf(docstringBefore(text, statement.range.start));
	const places = fields.filter(({ type }) => KINDS[type] === "place").map((field) => field.name);
	const effects = EFFECTS.map((effect) => [effect, places.filter((place) => mentions(sections[effect], place))]);
	const over = Object.entries(sections).flatMap(([, words]) => [...words.matchAll(/(\w+) may be (\w+)/g)]);
	const kernel = {
		operands: Object.fromEntries(fields.map((field) => [field.name, KINDS[field.type]])),
		...(record !== undefined && { record: true }),
		...Object.fromEntries(effects.filter(([, found]) => found.length > 0)),
		...(over.length > 0 && { over: Object.fromEntries(over.map(([, later, earlier]) => [later, earlier])) }),
		...(isCut && { cut: sections.cut?.trim() }),
		...(sections.spans?.trim() === "steps" && { spans: true }),
	};
	check(name, kernel, effects, sections);
	return kernel;
}

function typed({ name, type }) {
	return { name: name.text, type: type.name.identifier.text };
}

/** Fields of a record, those of the classes it extends first. */
function fieldsOf(statement, declarations) {
	const base = statement.extendsType && declarations.get(statement.extendsType.name.identifier.text);
	const inherited = base ? fieldsOf(base.statement, declarations) : [];
	return [...inherited, ...statement.members.map(typed)];
}

function docstringBefore(text, start) {
	const before = text.slice(0, start);
	const begin = before.lastIndexOf("/**");
	return begin >= 0 && /\*\/\s*(export\s*)?$/.test(before) ? before.slice(begin) : "";
}

/** The text behind each section's name, continued on lines that are indented further. */
function sectionsOf(docstring) {
	const sections = {};
	let current;
	for (const line of docstring.split("\n").map((text) => text.replace(/^\s*\*( |\/|$)/, "").replace(/\*\/\s*$/, ""))) {
		const found = SECTIONS.find((section) => line.startsWith(`${section} `));
		if (found !== undefined) current = found;
		else if (!/^\s{3,}\S/.test(line)) current = undefined;
		if (current !== undefined)
			sections[current] = `${sections[current] ?? ""} ${found ? line.slice(found.length) : line.trim()}`;
	}
	return sections;
}

function mentions(words, name) {
	return words !== undefined && new RegExp(`\\b${name}\\b`).test(words.replace(/\w+ may be \w+/g, ""));
}

/** A docstring that says too little, or something else than the signature, breaks the build. */
function check(name, kernel, effects, sections) {
	const fail = (what) => {
		throw new Error(`assembly/: the docstring of ${name} ${what}`);
	};
	const strange = Object.entries(kernel.operands).find(([, kind]) => kind === undefined);
	if (strange !== undefined) fail(`can't be right: ${strange[0]} is of a type that the host can't hand over`);
	if (effects.every(([, places]) => places.length === 0)) fail("must say what it writes");
	for (const [, places] of effects)
		for (const place of places)
			if (effects.filter(([, others]) => others.includes(place)).length > 1) fail(`names ${place} twice`);
	if ("cut" in kernel !== "cut" in sections) fail('needs a line "cut" if, and only if, the kernel takes begin and end');
	if ("spans" in sections && !(kernel.spans && "packing" in kernel.operands))
		fail('can have the line "spans steps" only, where it takes a packing');
	for (const [later, earlier] of Object.entries(kernel.over ?? {}))
		if (!kernel.writes?.includes(later) || !(earlier in kernel.operands))
			fail(`says "${later} may be ${earlier}", of which it has none`);
}
