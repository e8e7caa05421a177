// How long until an idle sandbox ends, as the page shows it and as it is read out.
// @ts-check

const LAST_CALL_S = 60;
const WHY = "Nothing has happened here for a while.";

/** @param {string} endsAt RFC 3339 @param {number} nowMs the server's time */
export function secondsLeft(endsAt, nowMs) {
  return Math.max(0, Math.round((Date.parse(endsAt) - nowMs) / 1000));
}

/** As "4:32". @param {number} seconds */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

/** As "5 minutes" or "40 seconds". @param {number} seconds */
export function inWords(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < LAST_CALL_S) return plural(seconds, "second");
  return plural(minutes, "minute");
}

/** What there is to read out of one countdown: its beginning, and its last minute. */
export class EndingVoice {
  #spoken = 0;

  /** @param {number} seconds @returns {string} empty while there is nothing new to say */
  next(seconds) {
    const call = seconds <= LAST_CALL_S ? 2 : 1;
    if (call <= this.#spoken) return "";
    const first = this.#spoken === 0;
    this.#spoken = call;
    const when = seconds > 0 ? `This sandbox ends in ${inWords(seconds)}.` : "This sandbox is about to end.";
    return first ? `${WHY} ${when} The button “Keep it” keeps it.` : when;
  }

  /** The countdown is over; the next one is told again. */
  rest() {
    this.#spoken = 0;
  }
}

/** @param {number} number @param {string} word */
function plural(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
