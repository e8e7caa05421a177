export { WebLinksAddon } from "@xterm/addon-web-links";
