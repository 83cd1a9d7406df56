// Which calls of kernels must not compile, and which must: checked by tsc, never run.
import { Builder } from "../../src/plan/builder.ts";
import { parametersCost } from "../../src/plan/cost.ts";
import { packVector } from "../../src/plan/panels.ts";
import { type Address, at, type Buffer, type Operands, type Setting } from "../../src/plan/program.ts";

const builder = new Builder(64);
const { packing } = builder.steps;
const account = { equation: "= 0", cost: parametersCost(1) };
const target: Buffer = builder.rows("rows", builder.steps, 16);
const half: Address = at(target, 8);
const ldt = 16;
const setting: Setting = { setting: "rate" };
const value = builder.value("y", builder.steps, 4);
const rows = { packing, target, ldt };
const square = { squares: target, blocks: 1, norm: target, scale: target };
const source = { source: builder.parameter("bias"), blocks: 1, size: 4 };

// Every operand by its name: places, or 0 for none, and numbers, or what they will be.
builder.call("zeroRows", { packing, target, ldt }, account);
builder.call("zeroRows", { packing, target: half, ldt: () => 16 }, account);
builder.call("zeroRows", { ...rows, target: 0 }, account);
builder.call("zeroRows", rows, account);
builder.call("clipNorm", { ...square, most: setting }, account);
builder.pack("packVector", { ...source, target: half }, "bias padded");
const operands: Operands<"zeroRows"> = rows;
builder.call("zeroRows", operands, account);

// One that is missing.
// @ts-expect-error
builder.call("zeroRows", { packing, target }, account);
// @ts-expect-error
builder.call("zeroRows", { target, ldt }, account);
// @ts-expect-error
builder.call("zeroRows", {}, account);
// @ts-expect-error
builder.call("clipNorm", square, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, ldt: undefined }, account);
const perhaps: { packing: Buffer; target: Buffer; ldt?: number } = rows;
// @ts-expect-error
builder.call("zeroRows", perhaps, account);
// @ts-expect-error
builder.pack("packVector", source, "bias padded");

// One too many, plainly or spread or in a variable.
// @ts-expect-error
builder.call("zeroRows", { packing, target, ldt, columns: 4 }, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, columns: 4 }, account);
const more = { columns: 4 };
// @ts-expect-error
builder.call("zeroRows", { ...rows, ...more }, account);
const all = { ...rows, ...more };
// @ts-expect-error
builder.call("zeroRows", all, account);
// @ts-expect-error
builder.call("zeroRows", { ...all }, account);
// @ts-expect-error
builder.pack("packVector", { ...source, ...rows }, "bias padded");

// A misnamed one, alone or beside the right one.
// @ts-expect-error
builder.call("zeroRows", { packing, target, lddt: ldt }, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, lddt: ldt }, account);
// @ts-expect-error another kernel's
builder.call("copyRows", rows, account);
// @ts-expect-error no kernel
builder.call("zeroRow", rows, account);

// A number where a place is wanted.
// @ts-expect-error
builder.call("zeroRows", { packing, target: 16, ldt }, account);
// @ts-expect-error
builder.call("zeroRows", { packing: ldt, target, ldt }, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, target: () => 16 }, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, target: setting }, account);
// @ts-expect-error a value, not its address
builder.call("zeroRows", { ...rows, target: value }, account);
// @ts-expect-error
builder.pack("packVector", { ...source, target: 64 }, "bias padded");

// A place where a number is wanted.
// @ts-expect-error
builder.call("zeroRows", { packing, target, ldt: target }, account);
// @ts-expect-error
builder.call("zeroRows", { ...rows, ldt: half }, account);
// @ts-expect-error
builder.call("clipNorm", { ...square, most: target }, account);
// @ts-expect-error
builder.call("clipNorm", { ...square, most: setting, blocks: packing }, account);
// @ts-expect-error
builder.pack("packVector", { ...source, blocks: target, target }, "bias padded");
// @ts-expect-error
packVector(builder, "bias", target, 4);

// A call says what it does, and what that costs.
// @ts-expect-error
builder.call("zeroRows", rows);
// @ts-expect-error
builder.call("zeroRows", rows, { equation: "= 0" });
