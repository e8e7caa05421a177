// How much of a lesson's page the panel takes, in percent; theme.js applies it before the first paint.
// @ts-check

import { remember } from "./remembered.js";

const KEY = "slipway-panel-share";
const PROPERTY = "--panel-share";
const FIRST_SHARE = 45;
export const LEAST_SHARE = 25;
export const MOST_SHARE = 70;

/** @param {number} share */
export function clampShare(share) {
  return Math.min(Math.max(share, LEAST_SHARE), MOST_SHARE);
}

export function readShare() {
  const set = Number.parseFloat(document.documentElement.style.getPropertyValue(PROPERTY));
  return Number.isNaN(set) ? FIRST_SHARE : set;
}

/** @param {number | null} share null: the one of the style sheet */
export function useShare(share) {
  const { style } = document.documentElement;
  if (share === null) style.removeProperty(PROPERTY);
  else style.setProperty(PROPERTY, `${share.toFixed(1)}%`);
  remember(KEY, share === null ? null : share.toFixed(1));
}
