// Keeps what was typed until the shell has it, so that a cut connection loses and doubles no key.
// @ts-check

const MAX_BYTES = 256 * 1024;

export class Typed {
  /** What may not have arrived, in order. @type {Uint8Array[]} */
  #waiting = [];
  #waitingBytes = 0;
  /** How many bytes the shell is known to have. */
  #arrived = 0;

  /** @param {Uint8Array[]} pieces @returns {boolean} false when there is no room to keep them */
  add(pieces) {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#waitingBytes + length > MAX_BYTES) return false;
    this.#waiting.push(...pieces);
    this.#waitingBytes += length;
    return true;
  }

  /** The shell has so many bytes, counted from the first. @param {number} count */
  arrived(count) {
    let spare = count - this.#arrived;
    if (spare <= 0) return;
    this.#arrived = count;
    while (spare > 0) {
      const piece = this.#waiting.shift();
      if (!piece) return;
      const used = Math.min(spare, piece.length);
      spare -= used;
      this.#waitingBytes -= used;
      if (used < piece.length) this.#waiting.unshift(piece.subarray(used));
    }
  }

  /**
   * What has to be sent again to a shell that has so many bytes. One that has fewer than it once had
   * does not remember us: then nobody knows what has arrived, and nothing is typed twice.
   * @param {number} count
   */
  missing(count) {
    if (count < this.#arrived) {
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#arrived = count;
    }
    this.arrived(count);
    return [...this.#waiting];
  }
}
