// How long until a sandbox ends, idle or by a drain, as the page shows it and as it is read out.
// @ts-check

const LAST_CALL_S = 60;
const SECOND_CALL_S = 300;
const HOUR_S = 3600;
const WHY = "Nothing has happened here for a while.";

/** @param {string} endsAt RFC 3339 @param {number} nowMs the server's time */
export function secondsLeft(endsAt, nowMs) {
  return Math.max(0, Math.round((Date.parse(endsAt) - nowMs) / 1000));
}

/** As "4:32", or "1:04:32". @param {number} seconds */
export function clock(seconds) {
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / 60);
  const parts = [hours ? `${minutes}`.padStart(2, "0") : `${minutes}`, `${seconds % 60}`.padStart(2, "0")];
  return [...(hours ? [`${hours}`] : []), ...parts].join(":");
}

/** The reader's own, as "17:00". @param {string} moment RFC 3339 @param {string} [locale] @param {string} [timeZone] */
export function timeOfDay(moment, locale, timeZone) {
  return new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", timeZone }).format(new Date(moment));
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

/** What there is to read out of a drain: that there is one, and its last five minutes and last minute. */
export class DrainVoice {
  #spoken = 0;

  /** @param {number} seconds @param {string} reason @returns {string} empty while there is nothing new to say */
  next(seconds, reason) {
    const call = seconds <= LAST_CALL_S ? 3 : seconds <= SECOND_CALL_S ? 2 : 1;
    if (call <= this.#spoken) return "";
    const first = this.#spoken === 0;
    this.#spoken = call;
    const when = seconds > 0 ? `This sandbox ends in ${inWords(seconds)}.` : "This sandbox is about to end.";
    return first ? `${when} ${reason} Finish, and copy what you want to keep.` : when;
  }

  /** It has been taken back; the next one is told again. */
  rest() {
    this.#spoken = 0;
  }
}

/** @param {number} number @param {string} word */
function plural(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
