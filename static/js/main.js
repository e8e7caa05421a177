// Defines every custom element of the pages; the behaviour is in the files it imports.
// @ts-check

import "./author.js";
import "./elements/lab-catch-up.js";
import "./elements/lab-command.js";
import "./elements/lab-contents.js";
import "./elements/lab-ending.js";
import "./elements/lab-node.js";
import "./elements/lab-print.js";
import "./elements/lab-progress.js";
import "./elements/lab-queue.js";
import "./elements/lab-quiz.js";
import "./elements/lab-reset.js";
import "./elements/lab-return.js";
import "./elements/lab-sandbox.js";
import "./elements/lab-setup.js";
import "./elements/lab-splitter.js";
import "./elements/lab-step.js";
import "./elements/lab-terminal.js";
import "./elements/lab-terminals.js";
import "./elements/lab-theme.js";
import "./elements/lab-topology.js";
import "./elements/lab-value.js";
import "./elements/lab-when.js";
import "./own-looks.js";
