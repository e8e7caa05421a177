export { Unicode11Addon } from "@xterm/addon-unicode11";
