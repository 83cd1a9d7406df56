import { kernels } from "../engine/kernels.ts";
import { ALL, type Buffer, bufferOf, type Call, type Operand } from "./program.ts";

/** What calls have done to a buffer so far. */
interface History {
	/** Whether a call has read it. */
	isRead: boolean;
	/** The call that wrote over it after that. */
	over: Call | undefined;
}

/** Checks that no call writes over what a later one reads: once a call has read a buffer, another may write it only if no call
 * reads it afterwards. What a kernel updates (gradients that add up) counts as written, not as read; scratch counts as neither, and who reads
 * all parameters as one region comes after their update, and wants what that wrote.
 * @throws Error An internal one: whoever wrote the program is at fault, not the user. */
export function checkOrder(calls: readonly Call[]): void {
	const histories = new Map<Buffer | string, History>();
	for (const call of calls) {
		const { writes, updates, scratch } = kernels[call.kernel];
		const changed: Buffer[] = [];
		for (const name in call.operands) {
			const buffer = bufferOf(call.operands[name] as Operand);
			if (buffer === undefined || scratch?.includes(name)) continue;
			if (writes?.includes(name) || updates?.includes(name)) changed.push(buffer);
			else if (!(buffer.space === "parameters" && buffer.name === ALL)) read(histories, buffer, call);
		}
		for (const buffer of changed)
			for (const history of historiesOf(histories, buffer)) if (history.isRead) history.over ??= call;
	}
}

function read(histories: Map<Buffer | string, History>, buffer: Buffer, call: Call): void {
	for (const history of historiesOf(histories, buffer)) {
		if (history.over !== undefined) refuse(history.over, call, buffer);
		history.isRead = true;
	}
}

/** The histories of everything that shares memory with a buffer: its own, and for a parameter that of the region of all of them,
 * or the other way round. */
function historiesOf(histories: Map<Buffer | string, History>, buffer: Buffer): Iterable<History> {
	const { space, name } = buffer;
	const key = space === "work" ? buffer : `${space} ${name}`;
	const own = histories.get(key) ?? { isRead: false, over: undefined };
	histories.set(key, own);
	if (name === ALL) return [...histories].filter(([other]) => `${other}`.startsWith(`${space} `)).map(([, all]) => all);
	const all = space === "work" ? undefined : histories.get(`${space} ${ALL}`);
	return all === undefined ? [own] : [own, all];
}

function refuse(over: Call, reader: Call, { name }: Buffer): never {
	throw new Error(
		`internal: ${over.kernel} of ${over.layer} writes over ${name}, which ${reader.kernel} of ${reader.layer} reads after it; please report this.`,
	);
}
