import { kernels } from "../engine/kernels.ts";
import { ALL, type Buffer, bufferOf, type Call } from "./program.ts";

/** What calls have done to a buffer so far. */
interface History {
	/** A call has read it. */
	isRead: boolean;
	/** The call that wrote over it after that. */
	over?: Call;
}

/** Checks that no call writes over what a later one reads: once a call has read a buffer, another may write it only if no call
 * reads it afterwards. What a kernel updates (gradients that add up) counts as written, not as read; scratch counts as neither.
 * @throws Error An internal one: whoever wrote the program is at fault, not the user. */
export function checkOrder(calls: readonly Call[]): void {
	const histories = new Map<Buffer | string, History>();
	for (const call of calls) {
		const { reads, writes } = effectsOf(call);
		for (const buffer of reads) {
			for (const history of historiesOf(histories, buffer)) {
				if (history.over !== undefined) refuse(history.over, call, buffer);
				history.isRead = true;
			}
		}
		for (const buffer of writes) {
			for (const history of historiesOf(histories, buffer)) if (history.isRead) history.over ??= call;
		}
	}
}

function effectsOf({ kernel, operands }: Call): { reads: Buffer[]; writes: Buffer[] } {
	const { writes = [], updates = [], scratch = [] } = kernels[kernel];
	const places = Object.entries(operands).flatMap(([name, operand]) => {
		const buffer = bufferOf(operand);
		return buffer === undefined ? [] : [{ name, buffer }];
	});
	const changed = [...writes, ...updates];
	return {
		reads: places.filter(({ name }) => ![...changed, ...scratch].includes(name)).map(({ buffer }) => buffer),
		writes: places.filter(({ name }) => changed.includes(name)).map(({ buffer }) => buffer),
	};
}

/** The histories of everything that shares memory with a buffer: its own, and for a parameter that of the region of all of them,
 * or the other way round. */
function historiesOf(histories: Map<Buffer | string, History>, buffer: Buffer): History[] {
	const key = keyOf(buffer);
	if (!histories.has(key)) histories.set(key, { isRead: false });
	if (buffer.space === "work" || buffer.space === "panels") return [histories.get(key) as History];
	const overlapping = [...histories].filter(
		([other]) =>
			other === key ||
			other === `${buffer.space} ${ALL}` ||
			(buffer.name === ALL && `${other}`.startsWith(`${buffer.space} `)),
	);
	return overlapping.map(([, history]) => history);
}

function keyOf(buffer: Buffer): Buffer | string {
	return buffer.space === "work" ? buffer : `${buffer.space} ${buffer.name}`;
}

function refuse(over: Call, reader: Call, { name }: Buffer): never {
	throw new Error(
		`internal: ${over.kernel} of ${over.layer} writes over ${name}, which ${reader.kernel} of ${reader.layer} reads after it; please report this.`,
	);
}
