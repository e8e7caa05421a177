// Decides what of a stream of changing sentences is read out, so that nobody is talked to without end.
// @ts-check

const EVERY_MS = 30_000;

/**
 * Speaks at once when the subject changes, and about the same subject at most twice a minute: then
 * the latest sentence, whatever was passed over.
 */
export class Announcer {
  #subject = "";
  #said = "";
  #waiting = "";
  #saidAt = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(text: string) => void} speak @param {{everyMs?: number, now?: () => number}} [options] */
  constructor(speak, { everyMs = EVERY_MS, now = Date.now } = {}) {
    this.speak = speak;
    this.everyMs = everyMs;
    this.now = now;
  }

  /** @param {string} subject what it is about @param {string} text */
  say(subject, text) {
    this.#waiting = text;
    const wait = subject === this.#subject ? this.#saidAt + this.everyMs - this.now() : 0;
    this.#subject = subject;
    clearTimeout(this.#timer);
    if (wait <= 0) this.#speak();
    else this.#timer = setTimeout(() => this.#speak(), wait);
  }

  rest() {
    clearTimeout(this.#timer);
  }

  #speak() {
    if (this.#waiting === this.#said) return;
    this.#said = this.#waiting;
    this.#saidAt = this.now();
    this.speak(this.#said);
  }
}
