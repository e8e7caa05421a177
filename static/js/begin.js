// Asks for the sandbox before the rest of the page is there, so that both come at the same time.
// @ts-check

import { link } from "./sandbox-link.js";

const script = document.querySelector("script[data-lesson]");
link.begin(script instanceof HTMLElement ? (script.dataset.lesson ?? "") : "");
