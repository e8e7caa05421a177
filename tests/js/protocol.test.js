// The protocol's frames are byte for byte what the server expects, and survive what it sends.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CLOSE_CODES,
  FRAMES,
  MAX_INPUT_BYTES,
  SUBPROTOCOL,
  clampSize,
  decode,
  encodeHello,
  encodeInput,
  encodeResize,
  unseen,
} from "../../static/js/protocol.js";

/** A frame as the server would send it. */
function served(type, ...parts) {
  return Uint8Array.from([type.charCodeAt(0), ...parts.flatMap((part) => [...part])]).buffer;
}

function seqBytes(seq) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(seq));
  return new Uint8Array(view.buffer);
}

const ascii = (text) => new TextEncoder().encode(text);
const asText = (bytes) => new TextDecoder().decode(bytes);

test("the tables are those both sides agreed on", () => {
  assert.equal(SUBPROTOCOL, "slipway-tty.v1");
  assert.equal(Object.values(FRAMES).join(""), "HIZACPROGNKQXE");
  assert.deepEqual(Object.values(CLOSE_CODES), [4400, 4401, 4404, 4409, 4410, 4429, 4503]);
});

test("hello says where to go on, in which shell, and how big the screen is", () => {
  const size = { rows: 24, cols: 80 };
  assert.equal(asText(encodeHello(0, size)), 'H{"last_seq":0,"rows":24,"cols":80,"shell":"","writer":""}');
  assert.equal(
    asText(encodeHello(1234, size, "a1", "tab")),
    'H{"last_seq":1234,"rows":24,"cols":80,"shell":"a1","writer":"tab"}',
  );
});

test("reset names the shell and the number of the first byte that follows", () => {
  const frame = decode(served("R", ascii('{"shell":"a1","seq":1099511627783}')));
  assert.deepEqual(frame, { type: "reset", shell: "a1", seq: 2 ** 40 + 7, until: 2 ** 40 + 7, typed: 0 });
});

test("a size outside the limits is brought inside before it is sent", () => {
  assert.equal(asText(encodeResize({ rows: 1, cols: 9999 })), 'Z{"rows":2,"cols":500}');
  assert.deepEqual(clampSize({ rows: 301, cols: 0 }), { rows: 300, cols: 2 });
  assert.deepEqual(clampSize({ rows: NaN, cols: 80.9 }), { rows: 2, cols: 80 });
});

test("input is sent as UTF-8", () => {
  const [frame, ...more] = encodeInput("é\r");
  assert.deepEqual([...frame], [0x49, 0xc3, 0xa9, 0x0d]);
  assert.equal(more.length, 0);
  assert.deepEqual(encodeInput(""), []);
});

test("input larger than a frame may be is split, in order, without loss", () => {
  const input = new Uint8Array(MAX_INPUT_BYTES * 2 + 5).map((_, at) => at % 251);
  const frames = encodeInput(input);
  assert.deepEqual(frames.map((frame) => frame.length - 1), [MAX_INPUT_BYTES, MAX_INPUT_BYTES, 5]);
  assert.deepEqual(Buffer.concat(frames.map((frame) => frame.subarray(1))), Buffer.from(input));
});

test("output carries the number of its first byte, beyond 32 bits", () => {
  const seq = 2 ** 40 + 7;
  const frame = decode(served("O", seqBytes(seq), [0xff, 0x00, 0x41]));
  assert.equal(frame.type, "output");
  assert.equal(frame.seq, seq);
  assert.deepEqual([...frame.bytes], [0xff, 0x00, 0x41]);
});

test("output without a whole number is refused", () => {
  assert.throws(() => decode(served("O", [0, 0, 0])), RangeError);
});

test("exit and error frames are read", () => {
  assert.deepEqual(decode(served("X", ascii('{"code":130}'))), { type: "exit", code: 130 });
  assert.deepEqual(decode(served("X", ascii('{"code":null}'))), { type: "exit", code: null });
  assert.deepEqual(decode(served("E", ascii('{"code":"full","message":"No room."}'))), {
    type: "error",
    code: "full",
    message: "No room.",
    hint: "",
  });
});

test("frames of a newer server, and empty ones, are ignored", () => {
  assert.equal(decode(served("?", [1, 2, 3])), null);
  assert.equal(decode(new ArrayBuffer(0)), null);
});

test("bytes already seen are skipped", () => {
  const output = { type: "output", seq: 10, bytes: ascii("abcdef") };
  assert.deepEqual(unseen(output, 10), { bytes: ascii("abcdef"), next: 16, lost: 0 });
  assert.equal(asText(unseen(output, 13).bytes), "def");
  assert.equal(unseen(output, 13).next, 16);
  assert.equal(unseen(output, 99).bytes.length, 0);
  assert.equal(unseen(output, 99).next, 99);
});

test("bytes the server no longer has are counted as lost", () => {
  const output = { type: "output", seq: 10, bytes: ascii("abc") };
  const { bytes, next, lost } = unseen(output, 4);
  assert.equal(asText(bytes), "abc");
  assert.equal(next, 13);
  assert.equal(lost, 6);
});
