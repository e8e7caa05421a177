export { SearchAddon } from "@xterm/addon-search";
