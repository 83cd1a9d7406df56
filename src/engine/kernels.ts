import { table } from "./table.ts";

/** What the host hands over for an operand: an address (`place`), or a number as the engine holds it. */
export type Kind = "place" | "i32" | "f32" | "f64";

/** What the host knows of a kernel: read from its signature and docstring in `assembly/` when the engine is built. */
export interface Kernel {
	/** Its operands in order. */
	readonly operands: Readonly<Record<string, Kind>>;
	/** Whether they are fields of a record, whose address the kernel takes in their place. */
	readonly record?: boolean;
	/** Operands whose memory it fills, without reading what was there. */
	readonly writes?: readonly string[];
	/** Operands whose memory it reads and changes. */
	readonly updates?: readonly string[];
	/** Operands whose memory is its own while it runs. Of all other places it only reads. */
	readonly scratch?: readonly string[];
	/** Of operands that it writes, the operand that each may share its memory with. */
	readonly over?: Readonly<Record<string, string>>;
	/** What a call may be cut along, so that each part takes a range [begin, end) of it: `sequences` or `steps` (the packed rows)
	 * of its packing, the name of an operand that is their number, or things that the caller counts. */
	readonly cut?: string;
	/** Whether it works on the span of its packing's steps, so that a batch can be walked in parts. */
	readonly spans?: boolean;
}

/** What the host lends to the engine: it stands in a program as a kernel does, and is JavaScript (src/training/ownLoss.ts). */
const lent = {
	ownLoss: {
		operands: {
			...{ packing: "place", y: "place", ldy: "i32", O: "i32", targets: "place", ldt: "i32" },
			...{ weights: "place", dy: "place", losses: "place" },
		},
		writes: ["dy", "losses"],
		over: { dy: "y" },
		spans: true,
	},
} as const satisfies Record<string, Kernel>;

/** Every kernel: those of the engine, and what is lent to it. */
const all = /* @__PURE__ */ (() => ({ ...table, ...lent }))();

export type KernelName = keyof typeof all;

/** The operands of one kernel and their kinds, as types: a call that names another does not compile. */
export type OperandKinds<K extends KernelName> = (typeof all)[K]["operands"];

export const kernels: Readonly<Record<KernelName, Kernel>> = all;

/** The engine's exports: pure functions over addresses. */
export type Kernels = Readonly<Record<KernelName, (...args: readonly number[]) => number>>;

/** How long a record is, and the kind and offset of each field. */
interface RecordLayout {
	readonly bytes: number;
	readonly fields: ReadonlyMap<string, { readonly kind: Kind; readonly offset: number }>;
}

const layouts = new Map<KernelName, RecordLayout>();

/** Where AssemblyScript expects the fields of a kernel's record: in order, each at a multiple of its own size. */
export function recordLayout(kernel: KernelName): RecordLayout {
	const known = layouts.get(kernel);
	if (known !== undefined) return known;
	const fields = new Map<string, { kind: Kind; offset: number }>();
	let end = 0;
	for (const [name, kind] of Object.entries(kernels[kernel].operands)) {
		const size = kind === "f64" ? 8 : 4;
		const offset = Math.ceil(end / size) * size;
		fields.set(name, { kind, offset });
		end = offset + size;
	}
	const layout = { bytes: end, fields };
	layouts.set(kernel, layout);
	return layout;
}

/** A function that runs a kernel, one that takes no record, on operands given by name and a range [begin, end) of what it is cut
 * along. */
export function byName<K extends KernelName>(
	exports: Kernels,
	kernel: K,
): (operands: { readonly [Name in keyof OperandKinds<K>]: number }, begin: number, end: number) => number {
	const run = exports[kernel];
	const names = Object.keys(kernels[kernel].operands) as (keyof OperandKinds<K>)[];
	return (operands, begin, end) => run(...names.map((name) => operands[name]), begin, end);
}
