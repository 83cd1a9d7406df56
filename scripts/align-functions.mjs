// Makes every function of a WebAssembly binary begin at a multiple of three bytes, that is, of four letters of base64: two
// builds of one source then have most of their text in common, which gzip finds. All that changes is how long the size
// before each function is written: LEB128 may have leading zeros.

const CODE = 10;

/** An unsigned LEB128 number at `at`, and where it ends. */
function readSize(bytes, at) {
	let value = 0;
	for (let shift = 0; ; shift += 7) {
		const byte = bytes[at++];
		value += (byte & 0x7f) * 2 ** shift;
		if (byte < 0x80) return [value, at];
	}
}

/** A number in at least `length` bytes. */
function sizeBytes(value, length = 1) {
	const bytes = [];
	do {
		bytes.push(value & 0x7f);
		value >>>= 7;
	} while (value > 0 || bytes.length < length);
	return bytes.map((byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte));
}

/** The sections of a binary: their ids and contents. */
function sectionsOf(bytes) {
	const sections = [];
	for (let at = 8; at < bytes.length; ) {
		const [size, begin] = readSize(bytes, at + 1);
		sections.push({ id: bytes[at], content: bytes.subarray(begin, begin + size) });
		at = begin + size;
	}
	return sections;
}

/** The contents of a code section that stands at `begin`, its functions aligned. */
function alignCode(content, begin) {
	let [count, at] = readSize(content, 0);
	const aligned = [...content.subarray(0, at)];
	for (; count > 0; count--) {
		const [size, body] = readSize(content, at);
		const shortest = sizeBytes(size).length;
		const length = shortest + (((-(begin + aligned.length + shortest) % 3) + 3) % 3);
		aligned.push(...sizeBytes(size, length), ...content.subarray(body, body + size));
		at = body + size;
	}
	return aligned;
}

export function alignFunctions(bytes) {
	const aligned = [...bytes.subarray(0, 8)];
	for (const { id, content } of sectionsOf(bytes)) {
		aligned.push(id);
		// The size of the whole in a fixed length, so that it does not move what it counts.
		const begin = aligned.length + 4;
		const inside = id === CODE ? alignCode(content, begin) : content;
		aligned.push(...sizeBytes(inside.length, id === CODE ? 4 : 1), ...inside);
	}
	return Uint8Array.from(aligned);
}
